"""Events in: from queues, streams, a bus or a direct call into the leads.

All lines of a batch that are one lead's go to it together, so its state is written once. What fails goes back to its
source, alone: the source sends it again. What the model refuses is put away as poison with its reason, and is done. A
group of an ordered queue is taken in its order, up to what fails. When the time limit comes near, what was not begun
goes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from runtime.dynamo.leads import Leads
from runtime.dynamo.verdicts import ERASED, Verdict
from runtime.handlers import observed
from runtime.handlers.deadline import time_left
from runtime.handlers.poison import Poison, PoisonQueue
from runtime.handlers.records import Record, lines_of, of_json, of_kinesis, of_sqs, subject_of
from runtime.handlers.world import World, world
from runtime.mapping import Unmapped

AT_ONCE = 20
"""Leads that are taken between two looks at the time that is left."""
_FAILED_BEFORE = "an earlier record of its group failed"
_NO_TIME = "the time limit came near"
_UNREAD = "it could not be read"
_NOT_KEPT = "what was refused could not be put away"


class NotTaken(Exception):
    """A record that must come again."""


class NotUnderstood(Exception):
    """An invocation of no known shape."""


@dataclass(slots=True)
class Outcome:
    """What became of a record: a verdict on each of its lines. `failed` says why it must come again."""

    record: Record
    lines: list[bytes | Unmapped] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    failed: str | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why lines were refused, each reason once. Of leads that were erased nothing is kept, so they have none."""
        refused = (each.reason for each in self.verdicts if each.kind == "rejected" and each.reason != ERASED)
        return tuple(dict.fromkeys(refused))


class Ingest:
    """Takes records in. `late` of its methods says whether it is time to stop."""

    def __init__(self, world: World, poison: PoisonQueue) -> None:
        self.world = world
        self.poison = poison

    def take(self, records: Sequence[Record], late: Callable[[], bool], *, kept: bool = True) -> list[Outcome]:
        """What becomes of each record; what is refused is put away as poison if it is to be `kept`."""
        outcomes = [Outcome(record) for record in records]
        leads = self.world.leads()
        for wave in _waves(self._read(outcomes, late)):
            self._wave(leads, wave, late)
        if kept:
            self._put_away([each for each in outcomes if each.failed is None and each.reasons])
        self._tell(outcomes)
        return outcomes

    def _read(self, outcomes: list[Outcome], late: Callable[[], bool]) -> list[Outcome]:
        """Find the lines of records, as long as there is time; those that have been read."""
        for at, outcome in enumerate(outcomes):
            if late():
                for left in outcomes[at:]:
                    left.failed = _NO_TIME
                return outcomes[:at]
            try:
                outcome.lines = lines_of(self.world, outcome.record)
            except Exception as error:  # noqa: BLE001  # the trouble of one record is no trouble of others
                outcome.failed = _UNREAD
                observed.log.warning("not read", extra=observed.trouble(error))
        return outcomes

    def _wave(self, leads: Leads, wave: list[Outcome], late: Callable[[], bool]) -> None:
        lines = [(outcome, line) for outcome in wave for line in outcome.lines]
        found = iter(take_lines(leads, [line for _, line in lines], late))
        for outcome in wave:
            outcome.verdicts = [next(found) for _ in outcome.lines]
            failed = next((each for each in outcome.verdicts if each.kind == "failed"), None)
            if failed is not None:
                outcome.failed = failed.reason
                observed.log.warning("not taken", extra=observed.trouble(failed.error))

    def _put_away(self, refused: list[Outcome]) -> None:
        poison = [Poison(each.record, each.reasons, self.world.now()) for each in refused]
        for outcome, done in zip(refused, self.poison.send(poison), strict=True):
            if not done:
                outcome.failed = _NOT_KEPT
        if poison:
            observed.count("Poisoned", sum(each.failed is None for each in refused))

    def _tell(self, outcomes: list[Outcome]) -> None:
        verdicts = [each for outcome in outcomes for each in outcome.verdicts]
        kinds = observed.counted(each.kind for each in verdicts)
        for kind, name in (("accepted", "Accepted"), ("duplicate", "Duplicates"), ("rejected", "Rejected")):
            observed.count(name, kinds.get(kind, 0))
        failed = sum(each.failed is not None for each in outcomes)
        observed.count("Failed", failed)
        spent = self.world.spent()
        observed.count("ReadUnits", spent.reads)
        observed.count("WriteUnits", spent.writes)
        reasons = observed.counted(observed.kind(each.reason) for each in verdicts if each.kind == "rejected")
        observed.log.info("taken", records=len(outcomes), failed=failed, lines=kinds, refused=reasons)


# --- lines ------------------------------------------------------------------------------------------------------------


def take_lines(leads: Leads, lines: Sequence[bytes | Unmapped], late: Callable[[], bool]) -> list[Verdict]:
    """A verdict on each line, in order. Lines of one lead are taken together, a few leads at a time."""
    verdicts: dict[int, Verdict] = {}
    whose: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        if isinstance(line, Unmapped):
            verdicts[at] = Verdict("rejected", line.reason)
        else:
            whose.setdefault(subject_of(line), []).append(at)
    groups = list(whose.values())
    for start in range(0, len(groups), AT_ONCE):
        chosen = sorted(at for group in groups[start : start + AT_ONCE] for at in group)
        if late():
            verdicts |= {at: Verdict("failed", _NO_TIME) for group in groups[start:] for at in group}
            break
        taken = leads.take([line for at in chosen if isinstance(line := lines[at], bytes)])
        verdicts |= dict(zip(chosen, taken, strict=True))
    return [verdicts[at] for at in range(len(lines))]


def _waves(outcomes: list[Outcome]) -> Iterator[list[Outcome]]:
    """Records that may be taken together: all that are in no group; of each group what follows one another and is one
    lead's, as long as nothing of the group failed before."""
    runs: dict[str, list[list[Outcome]]] = {}
    free = []
    for outcome in outcomes:
        group = outcome.record.group
        if group is None:
            free.append(outcome)
            continue
        mine = runs.setdefault(group, [])
        if mine and len(of := _leads_of(mine[-1][-1])) == 1 and of == _leads_of(outcome):
            mine[-1].append(outcome)
        else:
            mine.append([outcome])
    while free or runs:
        yield [*free, *(outcome for mine in runs.values() for outcome in mine[0])]
        free = []
        for group, mine in list(runs.items()):
            done = mine.pop(0)
            if any(outcome.failed is not None for outcome in done):
                for left in (outcome for run in mine for outcome in run):
                    left.failed = _FAILED_BEFORE
                mine.clear()
            if not mine:
                del runs[group]


def _leads_of(outcome: Outcome) -> set[str]:
    return {subject_of(line) if isinstance(line, bytes) else "" for line in outcome.lines}


# --- invocations ------------------------------------------------------------------------------------------------------


def answer(ingest: Ingest, event: Any, context: Any) -> Any:
    """What an invocation is answered. Raises NotTaken where its source can be told in no other way, NotUnderstood for
    what comes from nowhere."""
    late = time_left(context)
    if isinstance(event, dict) and isinstance(event.get("Records"), list) and event["Records"]:
        return _batch(ingest, event["Records"], late)
    if isinstance(event, dict) and "detail-type" in event:
        (outcome,) = ingest.take([of_json(event, "eventbridge")], late)
        if outcome.failed is not None:
            raise NotTaken
        return None
    if isinstance(event, dict) and "specversion" in event:
        event = [event]
    source = None
    if isinstance(event, dict) and isinstance(event.get("events"), list):
        event, source = event["events"], event.get("source")
    if not isinstance(event, list):
        raise NotUnderstood
    records = [of_json(each, "direct", source) for each in event]
    return {"verdicts": [verdict_on(each) for each in ingest.take(records, late, kept=False)]}


def _batch(ingest: Ingest, given: list[dict[str, Any]], late: Callable[[], bool]) -> Any:
    """Records of a queue or a stream: the answer names those that must come again."""
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, SqsFifoPartialProcessor

    streamed = given[0].get("eventSource") == "aws:kinesis"
    records = [of_kinesis(each) if streamed else of_sqs(each) for each in given]
    outcomes = {each.record.id: each for each in ingest.take(records, late)}
    if streamed:
        processor: Any = BatchProcessor(EventType.KinesisDataStreams)
    elif any(each.group is not None for each in records):
        processor = SqsFifoPartialProcessor(skip_group_on_error=True)
    else:
        processor = BatchProcessor(EventType.SQS)
    processor.raise_on_entire_batch_failure = False

    def settle(record: Any) -> None:
        outcome = outcomes[record.kinesis.sequence_number if streamed else record.message_id]
        if outcome.failed is not None:
            raise NotTaken

    with processor(given, settle):
        processor.process()
    return processor.response()


def verdict_on(outcome: Outcome) -> dict[str, Any]:
    """The answer on what one caller handed over: its verdict, or the gravest of several and each of them."""
    told = [{"verdict": each.kind, **({"reason": each.reason} if each.reason else {})} for each in outcome.verdicts]
    if outcome.failed is not None:
        return {"verdict": "failed", "reason": _why(outcome)}
    if len(told) == 1:
        return told[0]
    gravest = next((each for each in told if each["verdict"] == "rejected"), None)
    if gravest is None:
        kinds = {each["verdict"] for each in told}
        gravest = {"verdict": "accepted" if "accepted" in kinds else "duplicate" if kinds else "ignored"}
    return {**gravest, "events": told}


def _why(outcome: Outcome) -> str:
    """Why a record failed, for its sender: nothing of what the service said."""
    if outcome.failed in (_NO_TIME, _NOT_KEPT, _UNREAD, _FAILED_BEFORE):
        return str(outcome.failed)
    return "it could not be taken now; send it again"


@cache
def _ingest() -> Ingest:
    from runtime.handlers.clients import s3, sqs

    here = world()
    return Ingest(here, PoisonQueue(here.settings.poison_queue, here.settings.bucket, sqs, s3))


@observed.guarded
def handler(event: Any, context: Any) -> Any:
    """The entry point."""
    return answer(_ingest(), event, context)
