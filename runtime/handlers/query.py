"""Questions and answers over HTTP: leads, accounts and segments, events in, and a lead forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from unicodedata import normalize

import msgspec

from runtime.dynamo.accounts import Accounts
from runtime.dynamo.erase import erase
from runtime.dynamo.export import export
from runtime.dynamo.history import History
from runtime.dynamo.keys import lead_key
from runtime.dynamo.leads import Leads
from runtime.dynamo.rows import read
from runtime.dynamo.segments import Expired, Page, Segments
from runtime.explain import explain
from runtime.handlers import observed, openapi
from runtime.handlers.deadline import time_left
from runtime.handlers.ingest import Ingest, Outcome, verdict_on
from runtime.handlers.poison import PoisonQueue
from runtime.handlers.records import Record
from runtime.handlers.routes import MOST_ENTRIES, MOST_EVENTS, find
from runtime.handlers.web import Answer, Problem, Request, problem, request_of, response
from runtime.handlers.world import World, world
from runtime.lines import LeadLines, quote
from runtime.times import read_moment, write_instant
from runtime.trace import trace
from runtime.values import write_points

_EXPIRED = "events before that instant have expired, and what they came to then is not kept"
_RETRY = {"retry-after": "1"}


class Query:
    """Answers requests about a world. A method of each route's name gives its answer, or raises Problem; `late` says
    whether it is time to stop."""

    def __init__(self, world: World, poison: PoisonQueue) -> None:
        self.world = world
        self.ingest = Ingest(world, poison)

    def answer(self, event: Any, late: Callable[[], bool]) -> dict[str, Any]:
        """The response to an invocation."""
        name = "unknown"
        try:
            request = request_of(event)
            route, names = find(request)
            name = route.name
            answer: Answer = getattr(self, route.name)(request, late, **names)
        except Problem as found:
            answer = problem(found)
        spent = self.world.spent()
        observed.count("ReadUnits", spent.reads)
        observed.count("WriteUnits", spent.writes)
        observed.log.info("answered", extra={"route": name, "status": answer.status})
        return response(answer)

    # --- leads --------------------------------------------------------------------------------------------------------

    def lead(self, request: Request, late: Callable[[], bool], id: str) -> Answer:
        leads, at = self.world.leads(), self._at(request)
        explained, keys = _boolean(request, "explain"), request.query.get("score", [])
        try:
            lead = leads.at(id, at)
        except LookupError:
            raise Problem(410, "Expired", _EXPIRED) from None
        if lead is None:
            raise _no_lead()
        line = LeadLines(leads.model.plan_at(at), at).write(lead)
        if explained:
            line = f'{line[:-1]},"explanation":[{",".join(_explanation(leads, id, at, keys))}]}}'
        return Answer(line)

    def export(self, request: Request, late: Callable[[], bool], id: str) -> Answer:
        told = export(self.world.leads(), id, self.world.now())
        if told is None:
            raise _no_lead()
        return Answer(told)

    def erase(self, request: Request, late: Callable[[], bool], id: str) -> Answer:
        erased = erase(self.world.table, id, self.world.now(), late=late)
        observed.log.info("erased", extra={"lead": observed.hashed(id), "items": erased.items, "done": erased.done})
        if not erased.done:
            told = "the lead is gone, but not all of it is removed yet: send the request again"
            raise Problem(503, "Not done yet", told, _RETRY)
        if not erased.found and not erased.items:
            raise _no_lead()
        return Answer(json.dumps({"items": erased.items, "claims": erased.claims}))

    # --- accounts and segments ----------------------------------------------------------------------------------------

    def account(self, request: Request, late: Callable[[], bool], name: str) -> Answer:
        leads, at = self.world.leads(), self._at(request)
        name = normalize("NFC", name)  # as the values of attributes are
        try:
            line = Accounts(self.world.table, leads.model, leads, now=self.world.now).standing(name, at)
        except LookupError:
            raise Problem(410, "Expired", _EXPIRED) from None
        if line is None:
            raise Problem(404, "No such account", "no lead has named this account up to then")
        return Answer(line)

    def segment(self, request: Request, late: Callable[[], bool], name: str) -> Answer:
        segments = Segments(self.world.table, self.world.leads(), self.world.now)
        most, cursor = _limit(request), request.one("cursor")
        try:
            if cursor is None:
                page = segments.begin(name, self._at(request), most, late)
            else:
                page = segments.go_on(name, cursor, most, late)
        except KeyError:
            raise Problem(404, "No such segment", f"the model has no segment `{name[:100]}`") from None
        except LookupError:
            raise Problem(410, "Expired", _EXPIRED) from None
        except Expired:
            told = "the cursor is none of this segment, or has expired: begin without one"
            raise Problem(410, "Expired", told) from None
        return Answer(_page(name, page))

    # --- events -------------------------------------------------------------------------------------------------------

    def events(self, request: Request, late: Callable[[], bool]) -> Answer:
        source = request.one("source")
        if not request.body.strip():
            raise Problem(400, "No events", "the body is empty")
        if source is not None and source not in self.world.model().table.sources:
            raise Problem(400, "Wrong parameter", f"the model has no source `{source[:100]}`")
        if source is not None:
            (outcome,) = self.ingest.take([Record("", request.body, "http", source)], late)
            return _verdicts([outcome], _each_line(outcome))
        bodies = _bodies(request.body)
        outcomes = self.ingest.take([Record(str(at), body, "http") for at, body in enumerate(bodies)], late, kept=False)
        return _verdicts(outcomes, [verdict_on(each) for each in outcomes])

    # --- the document -------------------------------------------------------------------------------------------------

    def openapi(self, request: Request, late: Callable[[], bool]) -> Answer:
        return Answer(json.dumps(openapi.document(), indent=1))

    def _at(self, request: Request) -> int:
        text = request.one("at")
        if text is None:
            return self.world.now()
        try:
            return read_moment(text.replace(" ", "+"))  # a plus sign that was not encoded
        except ValueError as error:
            raise Problem(400, "Wrong parameter", f"`at`: {error}") from None


def _no_lead() -> Problem:
    return Problem(404, "No such lead", "there is no such lead, or it has no event up to then")


def _boolean(request: Request, name: str) -> bool:
    text = request.one(name)
    if text not in (None, "true", "false"):
        raise Problem(400, "Wrong parameter", f"`{name}` is true or false")
    return text == "true"


def _limit(request: Request) -> int:
    text = request.one("limit") or "100"
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MOST_ENTRIES):
        raise Problem(400, "Wrong parameter", f"`limit` is a whole number from 1 to {MOST_ENTRIES:,}")
    return int(text)


def _explanation(leads: Leads, id: str, at: int, keys: list[str]) -> Iterable[str]:
    plan, chain = leads.model.plan_at(at), leads.model.chain
    unknown = [key for key in keys if key not in plan.keys]
    if unknown:
        raise Problem(400, "Wrong parameter", f"the model has no score `{unknown[0][:100]}`")
    history = History(leads.table, read(leads.table, lead_key(id)))
    if history.checkpoint() is not None:
        told = "events of this lead have expired, so where its first points come from is not kept"
        raise Problem(410, "Expired", told)
    events, _ = history.events(leads.model)
    if events and chain.at(events[0][0][0]) != chain.at(at):
        told = "the lead kept its points over a release, so its ledger begins under another model"
        raise Problem(409, "Not to be explained", told)
    explanation = explain(plan, id, events, at)
    return [] if explanation is None else trace(explanation, keys or plan.keys, {})


def _page(name: str, page: Page) -> str:
    leads = ",".join(
        f'{{"rank":{rank},"lead":{quote(id)}' + ("" if points is None else f',"score":{write_points(points)}') + "}"
        for rank, (id, points) in enumerate(page.entries, page.rank)
    )
    total = "null" if page.total is None else str(page.total)
    cursor = "null" if page.cursor is None else quote(page.cursor)
    return (
        f'{{"segment":{quote(name)},"at":"{write_instant(page.at)}","leads":[{leads}],"looked_at":{page.looked},'
        f'"total":{total},"cursor":{cursor}}}'
    )


def _bodies(body: bytes) -> list[bytes]:
    """The events of a body. Raises Problem."""
    if body.lstrip()[:1] != b"[":
        return [body]
    try:
        parts = [bytes(part) for part in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Problem(400, "Unreadable body", "the body is no JSON") from None
    if len(parts) > MOST_EVENTS:
        told = f"at most {MOST_EVENTS:,} events are taken at once, and these are {len(parts):,}"
        raise Problem(413, "Too large", told)
    return parts


def _each_line(outcome: Outcome) -> list[dict[str, Any]]:
    told = verdict_on(outcome)
    each: list[dict[str, Any]] = told.get("events", [told])
    return each


def _verdicts(outcomes: list[Outcome], told: list[dict[str, Any]]) -> Answer:
    if outcomes and all(each.failed is not None for each in outcomes):
        raise Problem(503, "Not taken", "nothing could be taken now: send it again", _RETRY)
    return Answer(json.dumps({"verdicts": told}))


@cache
def _query() -> Query:
    from runtime.handlers.clients import s3, sqs

    here = world()
    return Query(here, PoisonQueue(here.settings.poison_queue, here.settings.bucket, sqs, s3))


@observed.guarded
def _answer(event: Any, context: Any) -> Any:
    return _query().answer(event, time_left(context))


def handler(event: Any, context: Any) -> Any:
    """The entry point: what goes wrong is logged, and told as a problem."""
    try:
        return _answer(event, context)
    except observed.HandlerError:
        return response(problem(Problem(500, "Something went wrong", "see the log of the function", _RETRY)))
