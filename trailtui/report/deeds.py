"""What was asked, found and done, held against the action log, the events and the rows.

The log is bound by its chain and its head, so whatever it has too is compared with it: hashes of
answers and plans, runs of rules, watches, lists. Where the log itself is broken nothing is compared
with it: that is told already.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeVar, cast

import msgspec

from trailtui.report import layout
from trailtui.report.answer_check import AnswerChecks
from trailtui.report.contents import Contents, Limited, LogLine, Seen

_KINDS = (
    "query", "containment-plan", "containment-run", "watch", "detect", "enrich", "break-glass",
)  # fmt: skip
_LARGEST = 256 << 20
"""Bytes of a document that are looked into."""
_Document = TypeVar("_Document")


class _Change(msgspec.Struct, frozen=True):
    log_entry: int


class _Plan(msgspec.Struct, frozen=True):
    name: str
    hash: str
    log_entry: int | None
    went: list[_Change]
    fault: str
    redacted: bool
    plan: msgspec.Raw


class _Round(msgspec.Struct, frozen=True):
    log_entry: int
    seen: list[tuple[str, str, str]]


class _Watch(msgspec.Struct, frozen=True):
    log_entries: list[int]
    told: list[_Round]


class _Protected(msgspec.Struct, frozen=True):
    arns: list[str]
    changes: list[_Change]


class _Containment(msgspec.Struct, frozen=True):
    plans: list[_Plan]
    watches: list[_Watch]
    break_glass: _Protected


class _Found(msgspec.Struct, frozen=True):
    finding: str
    events: int
    first_events: list[str]


class _Detections(msgspec.Struct, frozen=True):
    runs: list[_Change]
    findings: list[_Found]


class _Source(msgspec.Struct, frozen=True):
    sha256: str


class _Enrichment(msgspec.Struct, frozen=True):
    sources: list[_Source]
    changes: list[_Change]


class Deeds:
    """The documents of a bundle that say what was done; empty in a bundle of version 1."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._logged: dict[str, list[LogLine]] = {kind: [] for kind in _KINDS}
        self._containment = self._read(layout.CONTAINMENT, _Containment)
        self._detections = self._read(layout.DETECTIONS, _Detections)
        self._enrichment = self._read(layout.ENRICHMENT, _Enrichment)

    def _read(self, name: str, kind: type[_Document]) -> _Document | None:
        if name not in self._contents.readable:
            return None
        if self._contents.members[name].size > _LARGEST:
            self._contents.say(name, "is too large to be looked into")
            return None
        try:
            return msgspec.json.decode(self._contents.whole(name), type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self._contents.say(name, f"can't be read: {error}")
            return None

    def take(self, entry: LogLine) -> None:
        """An entry of the log whose place in the chain is right."""
        if entry.kind in self._logged:
            self._logged[entry.kind].append(entry)

    def named_events(self) -> set[str]:
        """The ids of events that findings and watches name."""
        named: set[str] = set()
        for found in self._detections.findings if self._detections else ():
            named.update(found.first_events)
        for watch in self._containment.watches if self._containment else ():
            named.update(event for told in watch.told for _, event, _ in told.seen)
        return named

    def check(self, seen: Seen, *, log_is_sound: bool) -> None:
        """Say what does not fit: `seen` is what events.jsonl has of what is named."""
        AnswerChecks(self._contents, self._logged["query"] if log_is_sound else None).check()
        self._check_events(seen)
        self._check_plans()
        if log_is_sound:
            self._check_logged_plans()
            self._check_entries()
            self._check_lists()

    def _check_events(self, seen: Seen) -> None:
        if layout.EVENTS not in self._contents.readable:
            return
        complain = Limited(self._contents.say, layout.DETECTIONS)
        for found in self._detections.findings if self._detections else ():
            there = seen.findings[found.finding]
            if there != found.events:
                complain(f"says that {found.finding} rests on {found.events} events; "
                         f"{layout.EVENTS} has {there}")  # fmt: skip
            for event in found.first_events:
                if event in seen.wanted:
                    complain(f"names an event of {found.finding} that is not there: {event}")
        complain.end()
        complain = Limited(self._contents.say, layout.CONTAINMENT)
        for watch in self._containment.watches if self._containment else ():
            for told in watch.told:
                for _, event, _ in told.seen:
                    if event in seen.wanted:
                        complain(f"names an event of a watch that is not there: {event}")
        complain.end()

    def _check_plans(self) -> None:
        for plan in self._containment.plans if self._containment else ():
            # where a secret was replaced, or a fault is told, the hash is of another text
            if not plan.redacted and not plan.fault and _hash_of(bytes(plan.plan)) != plan.hash:
                self._contents.say(
                    layout.CONTAINMENT, f"has a plan {plan.name} that is not the one of its hash"
                )

    def _check_logged_plans(self) -> None:
        if self._containment is None:
            return
        logged = {f"p{one.what.get('containment')}": one.what.get("plan") for one in
                  self._logged["containment-plan"] if "actions" in one.what}  # fmt: skip
        here = {plan.name: plan.hash for plan in self._containment.plans}
        for name in sorted({*logged, *here}):
            if logged.get(name) != here.get(name):
                self._contents.say(
                    layout.CONTAINMENT, f"has another plan {name} than the action log"
                )

    def _check_entries(self) -> None:
        """Whatever names its entry of the log must have it, and no entry may be left out."""
        if self._containment is not None:
            watches = [entry for one in self._containment.watches for entry in one.log_entries]
            rounds = [told.log_entry for one in self._containment.watches for told in one.told]
            self._compare(layout.CONTAINMENT, "watch", [*watches, *rounds])
            went = [one.log_entry for plan in self._containment.plans for one in plan.went]
            made = [plan.log_entry for plan in self._containment.plans if plan.log_entry]
            both = [*self._logged["containment-plan"], *self._logged["containment-run"]]
            logged = sorted(one.seq for one in both)
            self._compare(layout.CONTAINMENT, "containment-run", [*made, *went], logged)
            changes = self._containment.break_glass.changes
            self._compare(layout.CONTAINMENT, "break-glass", [one.log_entry for one in changes])
        if self._detections is not None:
            runs = [one.log_entry for one in self._detections.runs]
            ran = [one.seq for one in self._logged["detect"] if "rules" in one.what]
            self._compare(layout.DETECTIONS, "detect", runs, ran)
        if self._enrichment is not None:
            changes = self._enrichment.changes
            self._compare(layout.ENRICHMENT, "enrich", [one.log_entry for one in changes])

    def _compare(
        self, name: str, kind: str, here: list[int], there: list[int] | None = None
    ) -> None:
        logged = [one.seq for one in self._logged[kind]] if there is None else there
        if sorted(here) != logged:
            self._contents.say(name, f"does not have the same entries of kind {kind} as the log")

    def _check_lists(self) -> None:
        """The lists as the log's changes of them leave them."""
        if self._containment is not None:
            left: list[str] = []
            for entry in self._logged["break-glass"]:
                left = _changed(left, entry.what)
            if left != self._containment.break_glass.arns:
                self._contents.say(
                    layout.CONTAINMENT, "has another break-glass list than the log leads to"
                )
        if self._enrichment is not None:
            last = self._logged["enrich"][-1:]
            hashes = [digest for entry in last for digest in _hashes(entry.what.get("files"))]
            if hashes != [one.sha256 for one in self._enrichment.sources]:
                self._contents.say(
                    layout.ENRICHMENT, "has other files about addresses than the log's last entry"
                )


def _changed(listed: list[str], what: Mapping[str, Any]) -> list[str]:
    """The break-glass list after a change, as respond.refusals makes it."""
    added, removed = what.get("added"), what.get("removed")
    named = [str(arn) for arn in (added or removed or ())]
    kept = [arn for arn in listed if arn not in named]
    return kept if removed else kept + named


def _hash_of(plan: bytes) -> str:
    """The hash of a plan's canonical JSON; empty where it is none that Python reads."""
    try:
        text = json.dumps(json.loads(plan), sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError):
        return ""
    return hashlib.sha256(text.encode()).hexdigest()


def _hashes(files: object) -> list[object]:
    listed = cast("list[object]", files) if isinstance(files, list) else []
    told = [cast("Mapping[str, object]", one) for one in listed if isinstance(one, dict)]
    return [one.get("sha256") for one in told]
