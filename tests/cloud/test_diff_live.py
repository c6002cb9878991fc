"""`leadscore diff` against what is live in a stack."""

from __future__ import annotations

import json

from tests.cloud.test_release_commands import Here, here
from tests.cloud.test_releases import CALLS, TEN, THREE

__all__ = ["Here", "here"]


def test_the_live_model_is_the_old_one_where_a_stack_is_named(here):
    status, out, err = here("diff", here.model(THREE))
    assert (status, out, err.splitlines()[0]) == (1, "", "leadscore: nothing is live yet")
    here("deploy", here.model(TEN))
    status, out, err = here("diff", here.model(THREE), "--time-limit", "5")
    assert (status, err) == (0, "")
    assert out.splitlines()[0].startswith("release 1, live -> ")
    assert "1 change in meaning: 1 refold" in out
    assert "a test that only the new model passes" in out
    status, out, _ = here("diff", here.model(TEN), "--exit-code")
    assert (status, out.splitlines()[-1]) == (0, "no difference in meaning")


def test_what_the_live_model_would_change_is_asked_by_naming_it(here):
    here("deploy", here.model(TEN))
    status, out, _ = here("diff", here.model(THREE), "live", "--no-witness", "--json")
    told = json.loads(out)
    assert (status, told["new"]["name"], told["class"]) == (0, "release 1, live", "refold")


def test_a_type_of_event_is_new_only_if_no_release_before_knew_it(here):
    here("deploy", here.model(CALLS))
    here("deploy", here.model(TEN))
    told = json.loads(here("diff", here.model(CALLS), "--no-witness", "--json")[1])
    classes = {(each["kind"], each["name"]): each["class"] for each in told["changes"]}
    assert classes["event", "call"] == "refold"
