"""`leadscore diff`: the models that it takes, what it prints, how it ends."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.diff.sides import pasted

OLD = """model shop "A shop" { }
lead { country: text }
event visit { path: text required }
score interest {
  ready at 30
  rule visit { on visit  add 10, at most 5 times }
  rule nordic { when country in ["DK", "SE"]  add 5 }
  degrade { after 30 days without activity  by 10% every 7 days }
}
score line for v in ["a", "b", "c"] { rule read { on visit where path = "/{v}"  add 1 } }
trigger hot { when interest >= ready  emit "lead.hot" }
"""
NEW = (
    OLD.replace("rule visit", "rule came").replace("after 30 days", "after 24 days").replace('"/{v}"', '"/x/{v}"')
)  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "old.score").write_text(OLD)
    (tmp_path / "new.score").write_text(NEW)
    return tmp_path


def test_it_says_what_changes_and_shows_it(leadscore, folder):
    result = leadscore("diff", "old.score", "new.score", "--time-limit", 8)
    assert (result.status, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "old.score -> new.score: model shop"
    assert "~ score interest: refold  [old.score:4 -> new.score:4]" in lines
    assert "    - degrade after 30 days without activity by 10% every 7 days not below 0" in lines
    assert "~ rule read of score line[a] and 2 more of its family: refold  [old.score:10 -> new.score:10]" in lines
    assert "= rule came of score interest, renamed from visit: text only  [old.score:6 -> new.score:6]" in lines
    assert lines[-1] == "4 changes in meaning: 4 refold, and 1 change of the text"
    test = result.out[result.out.index('    test "now: interest') :].split("\n    }\n")[0] + "\n    }\n"
    assert "after 24 days" in test
    assert (pasted(NEW, test), pasted(OLD, test)) == ("passed", "failed")


def test_the_same_meaning_in_another_file_is_no_difference(leadscore, folder):
    (folder / "same.score").write_text("# another layout\n" + OLD.replace("rule visit", "rule came"))
    result = leadscore("diff", "old.score", "same.score", "--exit-code")
    assert (result.status, result.out.splitlines()[-1]) == (0, "no difference in meaning (1 change of the text)")
    leadscore("compile", "old.score", "-o", "old.json")
    result = leadscore("diff", "old.json", "same.score", "--exit-code")
    assert (result.status, result.out.splitlines()[-1]) == (0, "no difference in meaning (1 change of the text)")


def test_a_change_of_the_meaning_is_status_1_where_that_is_asked_for(leadscore, folder):
    assert leadscore("diff", "old.score", "new.score", "--no-witness").status == 0
    assert leadscore("diff", "old.score", "new.score", "--no-witness", "--exit-code").status == 1


def test_as_json_it_is_one_object_with_everything(leadscore, folder):
    [told] = leadscore("diff", "old.score", "new.score", "--json", "--time-limit", 8).lines
    assert (told["model"], told["same"], told["class"]) == ("shop", False, "refold")
    [renamed] = [each for each in told["changes"] if each["change"] == "renamed"]
    assert (renamed["kind"], renamed["name"], renamed["of"], renamed["was"]) == ("rule", "came", "interest", "visit")
    assert (renamed["class"], renamed["new"]) == ("text only", {"file": "new.score", "line": 6})
    shown = {each["subject"]: each for each in told["witnesses"]}
    assert (shown["score interest"]["events"], shown["score interest"]["passes"]) == (1, "new")
    assert told["open"] == []


def test_as_markdown_nothing_of_a_file_is_taken_for_markup(leadscore, folder):
    (folder / "new.score").write_text(OLD.replace('"DK", "SE"', '"DK|<b>", "`SE`"'))
    result = leadscore("diff", "old.score", "new.score", "--format", "markdown", "--time-limit", 4)
    assert result.status == 0
    assert "<b>" not in result.out.split("<details>")[0]
    row = next(line for line in result.out.splitlines() if line.startswith("| ~ | rule nordic"))
    assert row.count("|") == 7
    assert "&lt;b&gt;" in row


def test_a_model_of_another_name_has_to_be_meant(leadscore, folder):
    (folder / "new.score").write_text(OLD.replace("model shop", "model store"))
    result = leadscore("diff", "old.score", "new.score")
    assert result.status == 2
    assert result.err.startswith("leadscore: the old model is `shop`, the new one `store`\n")
    result = leadscore("diff", "old.score", "new.score", "--other-model", "--no-witness")
    assert "~ model: refold" in result.out


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (["old.score", "new.score", "new.score"], 2, "there are more than two models"),
        (["old.score", "new.score", "--against", "HEAD"], 2, "there are more than two models"),
        (["old.score", "nowhere.score"], 2, "nowhere.score can't be read"),
        (["new.score"], 2, "is not in a git repository"),
        (["newer.json", "new.score"], 2, "has table format 99 and this runtime reads up to 1"),
        (["foreign.json", "new.score"], 2, "foreign.json is not a rule table"),
        (["wrong.score", "new.score"], 1, "wrong.score can't be used: 1 error"),
        (["new.score", "live"], 2, "`live` is what is live in a stack, and none was named"),
        (["old.score", "new.score", "--longest", "0"], 2, "invalid value for '--longest'"),
    ],
)
def test_what_can_not_be_compared_is_said_in_a_sentence(leadscore, folder, args, status, said):
    (folder / "newer.json").write_text('{"format":"leadscore-table","version":99}')
    (folder / "foreign.json").write_text('{"a":1}')
    (folder / "wrong.score").write_text("model shop { }\nscore s { rule r { on nothing  add 1 } }\n")
    result = leadscore("diff", *args)
    assert (result.status, result.out) == (status, "")
    assert said in result.err
    assert "Traceback" not in result.err


def test_revisions_are_compared_without_touching_the_work_tree(leadscore, folder, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    (folder / "model.score").write_text('import "list.score"\n' + OLD.replace('["DK", "SE"]', "nordics"))
    (folder / "list.score").write_text('set nordics from "nordics.txt"\n')
    (folder / "nordics.txt").write_text("DK\nSE\n")
    for args in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *args], check=True, timeout=60)
    (folder / "nordics.txt").write_text("DK\nSE\nNO\n")
    before = sorted((path.name, path.read_bytes()) for path in folder.iterdir() if path.is_file())
    for args in (
        ["model.score"], ["main", "model.score"], ["model.score", "--against", "HEAD"],
        ["main:model.score", "model.score"],
    ):  # fmt: skip
        [told] = leadscore("diff", *args, "--json", "--no-witness").lines
        [change] = told["changes"]
        assert (change["name"], change["parts"][0]["came"]) == ("nordic", ['"NO"'])
        assert change["old"]["file"].endswith(":model.score")
    assert sorted((path.name, path.read_bytes()) for path in folder.iterdir() if path.is_file()) == before
    result = leadscore("diff", "nowhere", "model.score")
    assert (result.status, result.err.splitlines()[0]) == (2, "leadscore: there is no revision `nowhere`")
    assert "is not in main" in leadscore("diff", "main:other.score", "model.score").err


def test_the_page_of_a_terminal_has_no_control_characters_of_the_file(leadscore, folder):
    (folder / "new.score").write_text(OLD.replace('"DK", "SE"', '"DK", "\\u{1b}[31m"'))
    result = leadscore("diff", "old.score", "new.score", "--no-witness")
    assert "\x1b" not in result.out
    told = json.dumps(result.out)
    assert "u{1b}" in told
