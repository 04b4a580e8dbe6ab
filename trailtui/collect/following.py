"""Following what happens: LookupEvents asked again and again, for what is new.

Events arrive some minutes late and not in order, so each round looks back over the delivery delay.
A page that holds nothing new is counted and not kept: all its events are in the case already.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trailtui.case.covering import DELIVERY_DELAY_MS
from trailtui.case.events import EventRow, by_ids
from trailtui.case.fetches import Fetch, Unit, all_fetches, extend_fetch, plan_fetches
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.collect.lookup import SOURCE, Attribute, LookupEvents, LookupWish, units_of
from trailtui.collect.running import CollectResult, Got, Progress, Stop, run_fetches
from trailtui.collect.scope import Place, Scope
from trailtui.model.entity import Entity

EVERY_SECONDS = 60.0
"""How long a round waits for the next, at least."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round brought."""

    events: tuple[EventRow, ...]
    """Those that the case did not have, in time order, without our own reading calls."""
    own: int
    """Our own reading calls, which are events of the account as well."""
    result: CollectResult


def attributes_of(entities: Sequence[Entity]) -> tuple[list[Attribute], list[Entity]]:
    """What LookupEvents can be asked for some entities, and those it can't be asked for.

    A user is asked by name; a role's sessions carry names of their own and an address is no
    attribute, so those need everything of an account to be looked at.
    """
    asked: list[Attribute] = []
    left: list[Entity] = []
    for entity in entities:
        if entity.kind == "credential":
            asked.append(Attribute("AccessKeyId", entity.value))
        elif entity.kind == "principal" and ":user/" in entity.value:
            asked.append(Attribute("Username", entity.value.rpartition("/")[2]))
        elif entity.kind == "resource":
            asked.append(Attribute("ResourceName", entity.value))
        elif entity.kind not in ("account", "region"):  # those say where to look
            left.append(entity)
    return asked, left


@dataclass(slots=True)
class _NewOnly:
    """A fetcher that asks from a little before the last round on, and keeps pages with news."""

    lookup: LookupEvents
    since_ms: dict[int, int]
    known: set[str]

    def __call__(self, fetch: Fetch, stop: Stop) -> Iterator[Got]:
        since_ms = max(fetch.unit.since_ms, self.since_ms[fetch.id])
        asked = replace(fetch, unit=replace(fetch.unit, since_ms=since_ms), cursor={})
        for got in self.lookup(asked, stop):
            news = tuple(document for document in got.documents if self._has_news(document.body))
            yield Got(news, {}, None, got.requests)

    def _has_news(self, body: bytes) -> bool:
        page: dict[str, Any] = json.loads(body)
        ids = {str(event.get("EventId")) for event in page.get("Events", [])}
        fresh = ids - self.known
        self.known |= fresh
        return bool(fresh)


@dataclass(slots=True)
class Following:
    """Follows attributes (none: everything) in some places from a moment on.

    Use it in one thread. `begin` once, then `round` as frequently as wanted, then `end`.
    """

    case: Case
    lookup: LookupEvents
    places: Sequence[Place]
    attributes: Sequence[Attribute] = ()
    own_keys: frozenset[str] = frozenset()
    """The keys that our calls are signed with (a user agent could be anyone's)."""
    _fetches: list[Fetch] = field(default_factory=list[Fetch])
    _until_ms: int = 0
    _known: set[str] = field(default_factory=set[str])
    _evidence: int = 0
    _rounds: int = 0
    _found: int = 0

    def begin(self, since_ms: int) -> None:
        """Take up the work from a moment on, at the latest the delivery delay ago."""
        present = self.lookup.present_ms()
        since = min(since_ms, present - DELIVERY_DELAY_MS) // 1000 * 1000
        scope = Scope(tuple(self.places), since, present)
        units: list[Unit] = []
        for wished in [(one,) for one in self.attributes] or [()]:
            for unit in units_of(scope, LookupWish(wished, insights=False), present):
                question = {**unit.question, "following": True}
                whole = replace(unit, since_ms=since, until_ms=since + 1000, question=question)
                if whole not in units:
                    units.append(whole)
        self._fetches = self._taken_up(units)
        self._until_ms = since + DELIVERY_DELAY_MS
        self._evidence = self._newest_evidence()
        self._log("begin", since_ms=since, places=len(self.places))

    def _taken_up(self, units: Sequence[Unit]) -> list[Fetch]:
        """The units' fetches; one that another following began in that very second goes on."""
        begun = {
            (one.unit.account, one.unit.region, one.unit.since_ms, one.unit.question_text): one
            for one in all_fetches(self.case, sources=(SOURCE,))
        }
        return [
            begun.get((unit.account, unit.region, unit.since_ms, unit.question_text))
            or plan_fetches(self.case, [unit])[0]
            for unit in units
        ]

    def round(self, progress: Progress = lambda _: True) -> Round:
        """Ask once more; gives what the case did not have."""
        present = self.lookup.present_ms() // 1000 * 1000 + 1000
        self._fetches = [extend_fetch(self.case, one, present) for one in self._fetches]
        since_ms = self._until_ms - DELIVERY_DELAY_MS
        fetcher = _NewOnly(self.lookup, {one.id: since_ms for one in self._fetches}, self._known)
        result = run_fetches(
            self.case, SOURCE, self._fetches, fetcher, asked=None, lanes=16, progress=progress
        )
        self._rounds += 1
        if result.whole:
            self._until_ms = present
        new = self._new_rows()
        rows = [row for row in new if not self._is_own(row)]
        self._found += len(rows)
        if rows:
            self._log("found", events=[row.event_id for row in rows[:100]], count=len(rows))
        return Round(tuple(rows), len(new) - len(rows), result)

    def end(self) -> None:
        """Note that nobody follows any more."""
        self._log("end", rounds=self._rounds, found=self._found)

    def _is_own(self, row: EventRow) -> bool:
        ours = row.credential in self.own_keys and "trailtui/" in (row.agent or "")
        return ours and row.read_only is not False

    def _new_rows(self) -> list[EventRow]:
        """What this following brought; what others collect meanwhile is theirs to tell."""
        own = [fetch.id for fetch in self._fetches]
        marks = ", ".join("?" * len(own))
        found = self.case.connection.execute(
            "SELECT e.id FROM event_rows e JOIN evidence v ON v.id = e.evidence "  # noqa: S608
            f"WHERE v.id > ? AND v.fetch IN ({marks})",
            [self._evidence, *own],
        ).fetchall()
        self._evidence = self._newest_evidence()
        return by_ids(self.case, [row[0] for row in found])

    def _newest_evidence(self) -> int:
        sql = "SELECT coalesce(max(id), 0) FROM evidence"
        return int(self.case.connection.execute(sql).fetchone()[0])

    def _log(self, what: str, **said: object) -> None:
        asked = [str(one) for one in self.attributes] or ["everything"]
        append(self.case, "follow", {"follow": what, "source": SOURCE, "asked": asked, **said})
