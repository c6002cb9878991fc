"""`leadscore docs`: the page is well-formed, whole and safe, needs nothing else, and says what the engine says."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cli.main import main
from compiler.compile import compile_file
from dsl import syntax

ROOT = Path(__file__).resolve().parents[2]
MODELS = [*sorted((ROOT / "examples").rglob("*.score")), ROOT / "cli" / "starter" / "model.score"]
MODELS = [path for path in MODELS if re.search("^model ", path.read_text(encoding="utf-8"), re.MULTILINE)]
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr", "rect", "line", "path"}
PHRASING = {"p", "h1", "h2", "h3", "span", "b", "strong", "code", "a", "summary", "label", "caption", "time", "title"}
BLOCKS = {"p", "div", "section", "article", "table", "ul", "ol", "h1", "h2", "h3", "details", "pre", "header", "main"}
HOSTILE = """model hostile "<script>alert(1)</script>" {
  owner "</style><img src=x onerror=alert(2)>"
  note 2026-01-05 "\\" onmouseover=\\"alert(3) </p> &lt; & ]]> --> {{ 7*7 }} {% raw %}"
}
set words = ["</textarea>", "<b>"]
lead { name: text }
event e { p: text required }
score s "<script src=//evil.example></script>" {
  bands "<low>" < 10, "\\"high\\""
  group g "<td>" { at most 5 points  rule r "</table>" { when name in words  add 1  note 2026-01-06 "<!-- " } }
  rule t "javascript:alert(4)" { on e where p = "</script><script>alert(5)</script>"  add 1, once for each p }
}
stages "<one>", "two\\u{202e}"
trigger x "<a href=javascript:alert(6)>" { when s >= 10  move to "two\\u{202e}"  emit "<svg onload=alert(7)>" }
test "</li><script>alert(8)</script>" {
  at 2026-01-05
  e { p: "</script><script>alert(9)</script>" }
  expect s = 1
}
"""


class Page(HTMLParser):
    """Reads a document as strictly as XML: whatever is opened is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        assert len(given) == len(attrs), "an attribute stands once"
        self.tags.append((tag, given))
        inside = self.open[-1] if self.open else None
        assert not (inside in PHRASING and tag in BLOCKS), f"<{tag}> in <{inside}>"
        if "id" in given:
            self.ids.append(given["id"])
        self.links += [given[name] for name in ("href", "src", "data", "action", "poster") if name in given]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.text += data

    def handle_comment(self, data):
        raise AssertionError("no comment is written")


def written(leadscore, model: Path, folder: Path) -> str:
    result = leadscore("docs", model, "-o", folder)
    assert (result.status, result.out, result.err) == (0, f"{folder / 'index.html'}\n", "")
    return (folder / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=MODELS, ids=lambda path: path.relative_to(ROOT).as_posix())
def example(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    assert main(["docs", str(request.param), "-o", str(folder)]) == 0
    return request.param, (folder / "index.html").read_text(encoding="utf-8")


def test_a_page_is_well_formed_and_its_links_lead_somewhere(example):
    page = Page(example[1])
    assert len(page.ids) == len(set(page.ids)), "an id stands once"
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert all(link.startswith("#") for link in page.links), "it needs nothing beside itself"
    assert not re.search(r"@import|url\(|https?:", example[1])


def test_a_page_can_be_read_aloud(example):
    page = Page(example[1])
    tags = [tag for tag, _ in page.tags]
    assert ("html", {"lang": "en"}) in page.tags
    assert tags.count("h1") == tags.count("main") == tags.count("title") - tags.count("svg") == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert tags.count("caption") == tags.count("table")
    assert all(given.get("scope") for tag, given in page.tags if tag == "th")
    assert all(given.get("aria-labelledby") in page.ids for tag, given in page.tags if tag == "svg")
    fields = [given["id"] for tag, given in page.tags if tag == "input"]
    assert fields == [given["for"] for tag, given in page.tags if tag == "label"]


def test_everything_of_the_model_is_on_its_page(example):
    model, text = example
    page, compilation = Page(text), compile_file(model)
    said = re.sub(r"\s+", " ", page.text)
    names = compilation.context.names
    for name, score in names.scores.items():
        rules = [each for each in score.members if isinstance(each, syntax.Rule)]
        rules += [rule for each in score.members if isinstance(each, syntax.Group) for rule in each.rules]
        for rule in rules:
            assert f"rule-{name}-{rule.name.text}" in page.ids
            key = next(key for key in compilation.table.scores if key.partition("[")[0] == name)
            file, line = compilation.places["rule", key, rule.name.text]
            assert f"{Path(file).name}:{line}" in said
            assert rule.label is None or rule.label.value in said
    for kind, known in (("trigger", names.triggers), ("segment", names.segments), ("event", names.events)):
        assert {f"{kind}-{name}" for name in known} <= set(page.ids)
    assert {f"attribute-{name}" for name in names.attributes} <= set(page.ids)
    for test in (*compilation.tests, *compilation.assertions):
        assert test.name in said
    for source in compilation.files.values():
        for note in re.findall(r'note \d{4}-\d\d-\d\d "([^"\\]+)"', source.text):
            assert re.sub(r"\s+", " ", note) in said
    assert "✗" not in said, "the tests of the examples hold"
    for owner in re.findall(r'owner "(.*?)"', model.read_text(encoding="utf-8")):
        assert owner in said


def test_whatever_names_and_texts_hold_is_text(tmp_path, leadscore):
    model = tmp_path / "hostile.score"
    model.write_text(HOSTILE, encoding="utf-8")
    text = written(leadscore, model, tmp_path / "site")
    page = Page(text)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == tags.count("style") == 1
    assert "img" not in tags
    assert "textarea" not in tags
    assert not any(name.startswith("on") for _, given in page.tags for name in given)
    assert all(link.startswith("#") for link in page.links)
    for shown in (
        "<script>alert(1)</script>",
        "</style><img src=x",
        '" onmouseover="alert(3)',
        "{{ 7*7 }}",
        "<low>",
        "</script><script>alert(5)",
        "<svg onload=alert(7)>",
        "</li><script>alert(8)",
        r"two\u{202e}",
    ):
        assert shown in page.text, shown
    assert "\u202e" not in text


def test_names_may_be_of_any_script(tmp_path, leadscore):
    model = tmp_path / "模型.score"
    model.write_text(
        'model 模型 { }\nevent просмотр { }\nscore स्कोर for खंड in ["field service", "пром"] '
        '{ ready at 5  rule δ { on просмотр  add 10 } }\nstages "Neu hier", kunde\n'
        'trigger فعل { when स्कोर["field service"] >= ready  move to kunde }\n',
        encoding="utf-8",
    )
    page = Page(written(leadscore, model, tmp_path / "site"))
    assert {"rule-स्कोर-δ", "trigger-فعل", "event-просмотр"} <= set(page.ids)
    assert not any(re.search(r"\s", each) for each in page.ids)


def test_a_test_that_fails_is_marked(tmp_path, leadscore):
    model = tmp_path / "m.score"
    model.write_text(
        "model m { }\nevent e { }\nscore s { rule r { on e  add 1 } }\n"
        'test "wrong" { at 2026-01-05 e { } expect s = 1 expect s = 2 }\n',
        encoding="utf-8",
    )
    text = Page(written(leadscore, model, tmp_path / "site")).text
    assert (text.count("✓"), text.count("✗")) == (1, 2), "the test, and the expectation"


def test_the_example_of_silence_has_the_numbers_of_the_engine(tmp_path, leadscore):
    model = tmp_path / "m.score"
    model.write_text(
        "model m { }\nevent e { }\nscore s {\n  ready at 80\n  bands cold < 60, hot\n  rule r { on e  add 80, once }\n"
        "  degrade { after 10 days without activity  by 25% every 5 days  not below 30 }\n}\n",
        encoding="utf-8",
    )
    text = Page(written(leadscore, model, tmp_path / "site")).text
    assert "It is no longer ready after 10 days, at 60; after 25 days 30 points are left." in text
    events = tmp_path / "events.jsonl"
    line = '{"specversion":"1.0","source":"w","id":"1","type":"e","subject":"l","time":"2026-01-05T09:00:00Z"}\n'
    events.write_text(line, encoding="utf-8")
    cells = text.replace("\n", "")
    rows = re.findall(r"(at first|\d+ days)(\d+(?:\.\d+)?)(cold|hot)(yes|no)", cells)
    assert len(rows) == 5
    for after, points, band, ready in rows:
        day = 5 + int(after.removesuffix(" days").replace("at first", "0"))
        (lead,) = leadscore("score", model, "--events", events, "--at", f"2026-01-{day:02}T09:00:00Z", "--json").lines
        assert (lead["scores"]["s"], lead["bands"]["s"]) == (float(points), band)
        assert ready == ("yes" if lead["scores"]["s"] >= 80 else "no")


FADE = "fade 50% of the first value every 2 days"
STEPS = "degrade { after 12 hours without activity  by 30 points every 6 hours }"


@pytest.mark.parametrize(
    ("ageing", "outcome", "title"),
    [
        (FADE, "after 2 days, at 20; after 4 days nothing is left", "20 after 2 days, 0 after 4 days"),
        ("expire after 1 days", "after 1 day: nothing is left", "0 after 1 day"),
        (STEPS, "after 12 hours, at 10; after 18 hours nothing is left", "10 after 12 hours, 0 after 18 hours"),
    ],
)
def test_the_chart_says_the_same_times_as_the_table_beside_it(tmp_path, leadscore, ageing, outcome, title):
    model = tmp_path / "m.score"
    rules = f"ready at 40  rule r {{ on e  add 50 }}  {ageing}"
    model.write_text(f"model m {{ }}\nevent e {{ }}\nscore s {{ {rules} }}\n", encoding="utf-8")
    text = Page(written(leadscore, model, tmp_path / "site")).text
    assert f"It is no longer ready {outcome}" in text
    assert f"The score over time: 40 at first, {title}" in text


WAYS = """model m { }
event e { }
event f { n: integer }
lead { size: integer }
score twelve { ready at 100  rule r { on e  add 8, at most 12 times } }
score two {
  ready at 20
  rule r { on e  add 10, once per 7 days }
  rule g { on f where n > 3  add 10, once }
  rule s { when size > 5  add 10 }
}
"""


def test_the_shortest_ways_to_the_line_are_told_and_a_line_that_nothing_reaches(tmp_path, leadscore):
    model = tmp_path / "m.score"
    model.write_text(WAYS, encoding="utf-8")
    text = re.sub(r"\s+", " ", Page(written(leadscore, model, tmp_path / "site")).text)
    assert "Twelve: the ready line of 100 can’t be reached at all." in text
    assert "Two: after 1 event; no fewer will do. E (for a lead with size 6)" in text
    assert "Two, for a lead of whom nothing is known: after 2 events; no fewer will do." in text
    assert "F: n 4, and e" in text or "E, and f: n 4" in text
    assert "E; 7 days later e" in text
    assert leadscore("docs", model, "-o", tmp_path / "site", "--time-limit", "0").status == 0
    assert "no fewer will do" not in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_a_way_through_what_a_trigger_gives_is_as_short_as_prove_says(tmp_path, leadscore):
    assert leadscore("init", tmp_path / "first").status == 0
    model = tmp_path / "first" / "model.score"
    text = re.sub(r"\s+", " ", Page(written(leadscore, model, tmp_path / "site")).text)
    assert "after 2 events; no fewer will do. Crm status" in text
    assert "ready after 2 events (no less will do)" in leadscore("prove", model).out


def test_assertions_are_told(tmp_path, leadscore):
    model = tmp_path / "m.score"
    model.write_text(
        "model m { }\nevent e { given: boolean }\nstages a, b\nscore s { range 0..9  rule r { on e  add 1 } }\n"
        "trigger t { when s >= 5  move to b }\n"
        'assert "sure" { always s <= 9  never s > 9 and stage = a  reachable stage = b  reachable s = 9 within 2 days '
        " within 1 day s <= 9  never fired t  never fired t without e where given }\n",
        encoding="utf-8",
    )
    text = Page(written(leadscore, model, tmp_path / "site")).text
    for claim in (
        "Always: s is at most 9",
        "Never: s is above 9 and the stage is “a”",
        "It can come to this: the stage is “b”",
        "Within 2 days it can come to this: s is 9",
        "For the first 1 day: s is at most 9",
        "“t” never fires",
        "“t” never fires unless “e” where the given is true has come before or with it",
    ):
        assert claim in text, claim


def test_the_same_model_gives_the_same_page_wherever_it_is_written(tmp_path, leadscore, monkeypatch):
    model = ROOT / "examples" / "b2b_products" / "model.score"
    here = written(leadscore, model, tmp_path / "one")
    monkeypatch.chdir(model.parent)
    assert leadscore("docs", "model.score", "-o", tmp_path / "two").status == 0
    assert (tmp_path / "two" / "index.html").read_text(encoding="utf-8") == here
    assert str(tmp_path) not in here


def test_a_page_is_written_over_and_nothing_else_is(model, tmp_path, leadscore):
    folder = tmp_path / "site"
    written(leadscore, model, folder)
    written(leadscore, model, folder)
    (folder / "index.html").write_text("<p>mine</p>", encoding="utf-8")
    refused = leadscore("docs", model, "-o", folder)
    assert (refused.status, refused.out) == (2, "")
    assert "is not a page of leadscore" in refused.err
    assert (folder / "index.html").read_text(encoding="utf-8") == "<p>mine</p>"


@pytest.mark.parametrize("text", ["model m { } score s { rule r { on nothing  add 1 } }", "model"])
def test_a_model_with_errors_has_no_page(text, tmp_path, leadscore):
    model = tmp_path / "broken.score"
    model.write_text(text, encoding="utf-8")
    result = leadscore("docs", model, "-o", tmp_path / "site")
    assert (result.status, result.out) == (1, "")
    assert "error[" in result.err
    assert not (tmp_path / "site").exists()


def test_a_table_a_folder_that_is_a_file_and_a_missing_extra_are_told(model, tmp_path, leadscore, monkeypatch):
    assert leadscore("compile", model, "-o", tmp_path / "t.json").status == 0
    assert "is a compiled table" in leadscore("docs", tmp_path / "t.json", "-o", tmp_path / "site").err
    refused = leadscore("docs", model, "-o", model)
    assert (refused.status, refused.err.count("\n")) == (2, 1)
    assert leadscore("docs", tmp_path / "none.score", "-o", tmp_path / "site").status == 2
    monkeypatch.setitem(sys.modules, "jinja2", None)
    missing = leadscore("docs", model, "-o", tmp_path / "site")
    assert missing.status == 2
    assert "pip install 'leadscore[docs]'" in missing.err
