"""docs/releases.md: its commands print what it shows, one after another, on one stack."""

from __future__ import annotations

import itertools
import re
import shlex

from compiler.compile import compile_text
from runtime import times
from runtime.dynamo.leads import Leads
from runtime.dynamo.live import trial
from runtime.dynamo.trial import Trial
from runtime.times import HOUR, read_instant
from tests import test_docs
from tests.cloud.leads import states
from tests.cloud.test_release_commands import here, stack
from tests.conftest import ROOT
from tests.test_docs import BLOCK, blocks

assert here  # a fixture
PAGE = ROOT / "docs" / "releases.md"
BEGINNING = read_instant("2026-03-02T09:00:00Z")


def test_its_links_lead_somewhere():
    test_docs.test_the_links_of_a_page_lead_somewhere(PAGE)


def test_the_page_on_releases_prints_what_it_shows(here, monkeypatch, rewrite_goldens):
    hours = itertools.count()
    monkeypatch.setattr(times, "now", lambda: BEGINNING + next(hours) // 2 * HOUR)
    monkeypatch.chdir(here.folder)
    name = stack(here, {"TableName": here.table, "BucketName": here.bucket})
    table = here.releases.table

    def stream():
        """What functions would have done by now: compared the leads of a trial."""
        live = here.releases.live()
        if live is not None and live.canary is not None:
            leads = Leads(table, here.releases.model(live), lambda: BEGINNING + 20 * HOUR)
            tried = Trial(leads, live.canary, trial(here.releases, live, live.canary))
            tried.look(item["id"] for item in states(table))

    def printed(text):
        out = []
        for line in text.splitlines():
            if line.startswith("$ leadscore "):
                stream()
                args = [name if each == "prod" else each for each in shlex.split(line)[2:]]
                status, told, err = here(*args, options=[])
                assert (status, err) == (0, ""), err
                out += [line, *told.replace(name, "prod").rstrip("\n").splitlines()]
        return "\n".join(out) + "\n"

    text = given = PAGE.read_text(encoding="utf-8")
    for block in blocks(PAGE):
        if block.name is not None:
            (here.folder / block.name).write_text(block.text, encoding="utf-8")
        if block.kind == "score":
            assert not compile_text(block.text).diagnostics
        if block.kind == "jsonl":
            leads = Leads(table, here.releases.model(here.releases.live()), lambda: BEGINNING)
            assert {each.kind for each in leads.take(block.text.encode().splitlines())} == {"accepted"}
        if block.kind == "console":
            text = text.replace(f"```console\n{block.text}```", f"```console\n{printed(block.text)}```")
    if rewrite_goldens:
        PAGE.write_text(text, encoding="utf-8")
    else:
        assert text == given
    assert len(re.findall(BLOCK, given)) > 8
