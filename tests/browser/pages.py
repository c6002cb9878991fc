"""Pages of models in a real browser: `make pages`, which needs a Chromium and so is no part of `make test`."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from cli.main import main
from tests.browser.chromium import Tab, chromium, found
from tests.conftest import ROOT

MODELS = {
    "saas_trial": ROOT / "examples/saas_trial/model.score",
    "b2b_products": ROOT / "examples/b2b_products/model.score",
    "starter": ROOT / "cli/starter/model.score",
    "eloqua_tiers": ROOT / "examples/published_models/eloqua_tiers.score",
}
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
ENDLESS = f"""model {LONG} "{LONG}" {{ owner "{LONG}"  note 2026-01-05 "{LONG}" }}
set list_{LONG} = ["{LONG}{LONG}"]
lead {{ a_{LONG}: text }}
event e_{LONG} as "com.{LONG}" {{ p_{LONG}: text }}
score {LONG} "{LONG}" {{
  ready at 123456789
  bands "{LONG}" < 1, "{LONG}2" < 2, three < 3, four < 4, five < 5, six < 6, seven
  group g_{LONG} {{ at most 5 points  rule w_{LONG} {{ when a_{LONG} in list_{LONG}  add 1 }} }}
  rule r_{LONG} "{LONG}" {{ on e_{LONG} where p_{LONG} = "{LONG}"  add 123456789.125, once for each p_{LONG} }}
  degrade {{ after 3 days without activity  by 1 points every 1 minute }}
}}
stages "{LONG}", two
trigger t_{LONG} {{ when {LONG} >= ready  move to two  emit "{LONG}" }}
segment s_{LONG} {{ highest 10 by {LONG} }}
test "{LONG}" {{ at 2026-01-05  e_{LONG} {{ p_{LONG}: "{LONG}" }}  expect {LONG} = 123456789.125 }}
"""
SHOWN = "[...document.querySelectorAll('[data-item]')].filter((each) => each.checkVisibility()).map((each) => each.id)"
CONTRAST = """(() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("script, title")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(channels(element.closest("svg") ? style.fill : style.color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push([ratio.toFixed(2), element.outerHTML.slice(0, 120)]);
  }
  return poor;
})()"""


@pytest.fixture(scope="session")
def tab(tmp_path_factory):
    binary = found()
    if binary is None:
        pytest.fail(
            "no Chromium was found: install one (Debian's package is `chromium`), or name it: LEADSCORE_CHROMIUM"
        )
    with chromium(binary, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="session")
def pages(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "long.score").write_text(ENDLESS, encoding="utf-8")
    models = {**MODELS, "long": folder / "long.score"}
    for name, model in models.items():
        assert main(["docs", str(model), "-o", str(folder / name)]) == 0
    return {name: folder / name / "index.html" for name in models}


@pytest.fixture(params=[*MODELS, "long"])
def page(request, pages, tab) -> Path:
    tab.show()
    return pages[request.param]


def type_in(tab: Tab, text: str) -> None:
    tab.run(
        f"(() => {{ const field = document.getElementById('filter-text'); field.value = {text!r};"
        "field.dispatchEvent(new Event('input')); })()"
    )


def test_it_asks_for_nothing_and_complains_of_nothing(page, tab):
    tab.open(page)
    asked = [each["params"]["request"]["url"] for each in tab.seen if each["method"] == "Network.requestWillBeSent"]
    assert asked == [page.as_uri()]
    assert [each for each in tab.seen if each["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")] == []


@pytest.mark.parametrize("width", [320, 480, 768, 1280, 1920])
def test_it_fits_any_width(width, page, tab):
    tab.show(width=width)
    tab.open(page)
    assert tab.run("document.documentElement.scrollWidth") <= width
    out = """[...document.querySelectorAll("main *")].filter((each) => each.checkVisibility()
      && !each.closest("thead, pre") && each.getBoundingClientRect().right > innerWidth + 1)
      .map((each) => each.outerHTML)"""
    assert tab.run(out) == []


@pytest.mark.parametrize(("dark", "media"), [(False, ""), (True, ""), (False, "print"), (True, "print")])
def test_its_text_can_be_read_in_light_in_dark_and_on_paper(dark, media, page, tab):
    tab.show(dark=dark, media=media)
    tab.open(page)
    assert tab.run(CONTRAST) == []
    tab.run("document.querySelector('h2').style.color = getComputedStyle(document.body).backgroundColor")
    assert len(tab.run(CONTRAST)) == 1, "what can't be read is found"


def test_the_filter_narrows_it_down_and_shows_everything_again(pages, tab):
    tab.show()
    tab.open(pages["saas_trial"])
    everything = tab.run(SHOWN)
    type_in(tab, "PRICING page")
    shown = tab.run(SHOWN)
    assert "rule-readiness-pricing_page" in shown
    assert "rule-readiness-newsletter" not in shown
    told = tab.run("document.getElementById('filter-told').textContent")
    assert told.startswith(f"{len(shown)} of {len(everything)} ")
    assert tab.run("document.getElementById('lists').hidden"), "a section without a hit goes as a whole"
    assert tab.run("document.getElementById('group-readiness-who').checkVisibility()") is False
    tab.ask("Emulation.setEmulatedMedia", media="print")
    assert set(tab.run(SHOWN)) >= set(everything), "paper has everything"
    tab.show()
    tab.run("location.hash = 'rule-readiness-newsletter'")
    tab.run("new Promise((done) => setTimeout(done, 50))")
    assert tab.run(SHOWN) == everything, "a link to what is hidden shows it"
    type_in(tab, "no such thing at all")
    assert tab.run(SHOWN) == []
    type_in(tab, "")
    assert tab.run(SHOWN) == everything


def test_without_scripts_everything_is_there_and_the_filter_is_not(page, tab):
    tab.show(scripts=False)
    tab.open(page)
    tab.show()
    assert tab.run("document.getElementById('filter').checkVisibility()") is False
    assert tab.run(f"{SHOWN}.length") == tab.run("document.querySelectorAll('[data-item]').length") > 0


def test_it_prints(page, tab):
    tab.open(page)
    pdf = base64.b64decode(tab.ask("Page.printToPDF", printBackground=False, preferCSSPageSize=True)["data"])
    assert pdf.startswith(b"%PDF-")
    assert 2 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 20
