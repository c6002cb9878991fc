"""Pages of plans in a real browser: `make pages`, which needs a Chromium and so is no part of `make test`."""

from __future__ import annotations

import base64
import os
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from cli.main import main
from tests.browser.chromium import Tab
from tests.browser.pages import CONTRAST, LONG, tab  # noqa: F401 - a fixture
from tests.conftest import ROOT
from tests.plan.shops import EVENTS, NEW, OLD, event, laid_out

OUT = """[...document.querySelectorAll("main *")].filter((each) => each.checkVisibility()
  && !each.closest(".scroll table, svg") && each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.outerHTML)"""
BEYOND = """[...document.querySelectorAll("svg")].flatMap((svg) => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text, rect, path")].filter((each) => {
    const own = each.getBoundingClientRect();
    return own.left < box.left - 1 || own.right > box.right + 1 || own.top < box.top - 1 || own.bottom > box.bottom + 1;
  }).map((each) => each.outerHTML.slice(0, 200));
})"""
COVERED = """[...document.querySelectorAll("svg")].flatMap((svg) => {
  const texts = [...svg.querySelectorAll("text")].map((each) => [each.textContent, each.getBoundingClientRect()]);
  return texts.flatMap(([one, a], at) => texts.slice(at + 1).filter(([, b]) => a.left < b.right - 1
    && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3).map(([other]) => [one, other]));
})"""


def many_bands(folder: Path) -> list[str]:
    """Bands of which most have few leads, names that are long or markup, and leads that only one model knows."""
    names = [*(f'"{LONG} {at}" < {at * 3}' for at in range(1, 9)), '"<b>highest</b>"']
    old = OLD.replace("bands cold < 15, warm < 30, hot", "bands " + ", ".join(names))
    leads = [f"{LONG}{LONG}", "<img src=x onerror=alert(1)>", *(f"lead {n}" for n in range(60))]
    events = [
        event(f"{n}-{at}", f"2026-03-1{at}", "visit", lead, path="/pricing" if n % 3 else "/")
        for n, lead in enumerate(leads)
        for at in range(n % 7 + 1)
    ]
    return laid_out(folder, [*EVENTS, *events], old, old.replace("add 5, at most 3", "add 11, at most 3"))


def saas_trial(folder: Path) -> list[str]:
    model = (ROOT / "examples/saas_trial/model.score").read_text(encoding="utf-8")
    (folder / "lists.score").write_bytes((ROOT / "examples/saas_trial/lists.score").read_bytes())
    args = laid_out(folder, [], model, model.replace("add 40, once per 30 days", "add 10, once per 30 days"))
    assert main(["sample", str(folder / "old.score"), "--leads", "150", "-o", str(folder / "events.jsonl")]) == 0
    return [*args, "--now", "2027-01-01"]


def unchanged(folder: Path) -> list[str]:
    return laid_out(folder, old=NEW)


@pytest.fixture(scope="module", params=[many_bands, saas_trial, unchanged], ids=lambda made: made.__name__)
def page(request, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("plans")
    args, before = request.param(folder), Path.cwd()
    os.chdir(folder)
    try:
        with redirect_stdout(StringIO()) as out:
            assert main([*args, "--format", "html"]) == 0
    finally:
        os.chdir(before)
    (folder / "plan.html").write_text(out.getvalue(), encoding="utf-8")
    return folder / "plan.html"


def test_it_asks_for_nothing_and_complains_of_nothing(page: Path, tab: Tab) -> None:  # noqa: F811
    tab.show()
    tab.open(page)
    asked = [each["params"]["request"]["url"] for each in tab.seen if each["method"] == "Network.requestWillBeSent"]
    assert asked == [page.as_uri()]
    assert [each for each in tab.seen if each["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")] == []


@pytest.mark.parametrize("width", [320, 480, 768, 1280, 1920])
def test_it_fits_any_width(width: int, page: Path, tab: Tab) -> None:  # noqa: F811
    tab.show(width=width)
    tab.open(page)
    tab.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert tab.run("document.documentElement.scrollWidth") <= width
    assert tab.run(OUT) == []


@pytest.mark.parametrize(("dark", "media"), [(False, ""), (True, ""), (False, "print"), (True, "print")])
def test_its_text_can_be_read_in_light_in_dark_and_on_paper(dark: bool, media: str, page: Path, tab: Tab) -> None:  # noqa: F811
    tab.show(dark=dark, media=media)
    tab.open(page)
    tab.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert tab.run(CONTRAST) == []


def test_pictures_stay_within_themselves_and_no_label_covers_another(page: Path, tab: Tab) -> None:  # noqa: F811
    tab.show(width=1280)
    tab.open(page)
    assert tab.run(BEYOND) == []
    assert tab.run(COVERED) == []


def test_it_prints_and_so_do_statements_that_are_open(page: Path, tab: Tab) -> None:  # noqa: F811
    tab.show()
    tab.open(page)
    closed = pages_of(tab)
    assert 1 <= closed <= 14
    tab.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert (pages_of(tab) > closed) == bool(tab.run("document.querySelectorAll('details').length"))


def pages_of(tab: Tab) -> int:  # noqa: F811
    pdf = base64.b64decode(tab.ask("Page.printToPDF", printBackground=False, preferCSSPageSize=True)["data"])
    assert pdf.startswith(b"%PDF-")
    return pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ")
