"""Every lead under the live release, as the state machine asks for it: first a plan, then each part step by step.

``{"do": "plan", "given": {…}}`` gives ``{"parts": […]}``; what is given may say into how many parts. ``{"do": "step",
"part": …}`` works on a part for as long as there is time, and gives the part back, with ``done`` when it is through. A
part whose release is no longer live is through at once: another refold has its leads.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from runtime.dynamo import refold
from runtime.dynamo.live import Live
from runtime.handlers import observed
from runtime.handlers.world import World, world

_MOST = 1000
_SPARE = 20_000
"""Milliseconds that are left when a step ends by itself: time for a page of slow leads."""


class NoReleases(Exception):
    """The function serves a model from a file: there is no release to bring leads under."""

    def __init__(self) -> None:
        super().__init__("LEADSCORE_MODEL is set: leads are brought under releases only")


@observed.guarded
def handler(event: Any, context: Any) -> dict[str, Any]:
    """One step of the state machine."""
    here = world()
    live = here.models
    if not isinstance(live, Live):
        raise NoReleases
    if event["do"] == "plan":
        generation = live.release.generation
        parts = refold.plan(here.table, generation, _many(event.get("given")))
        observed.log.info("planned", extra={"generation": generation, "parts": len(parts)})
        return {"parts": [_brief(part) for part in parts]}
    return _step(here, live, event["part"], context)


def _many(given: Any) -> int:
    """Into how many parts leads are to be cut, by the input of the execution."""
    many = given.get("parts") if isinstance(given, dict) else None
    return many if type(many) is int and 1 <= many <= _MOST else refold.PARTS


def _step(here: World, live: Live, given: dict[str, Any], context: Any) -> dict[str, Any]:
    part = refold.Part(given["generation"], given["part"], given["of"])
    leads = here.leads()
    if live.release.generation != part.generation:
        observed.log.info("overtaken", extra={"generation": part.generation, "part": part.part})
        return {**given, "done": True}

    def going() -> bool:
        return context.get_remaining_time_in_millis() > _SPARE and live.release.generation == part.generation

    done = _brief(refold.step(here.table, leads, part, here.now() - here.settings.grace, going))
    observed.log.info("stepped", extra=done)
    return done


def _brief(part: refold.Part) -> dict[str, Any]:
    """A part as the state machine carries it: where it goes on stands in the table."""
    found = asdict(part)
    del found["start"], found["written"]
    return found
