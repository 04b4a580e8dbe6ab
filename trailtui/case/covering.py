"""What each source was asked of each account and Region, as stretches of time.

A source that was asked one thing in several pieces, whole or not, comes out as stretches that do
not overlap: of two answers about the same time the better one counts. What was asked with a filter
stands in a layer of its own, for it says nothing of the rest.
"""

import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby, pairwise

from trailtui.case.file import Case
from trailtui.case.unreadable import unreadable_in
from trailtui.model.times import HOUR_MS

DELIVERY_DELAY_MS = 15 * 60 * 1000
"""After so long an event should have arrived. AWS says about 5 minutes on average and guarantees
nothing (CloudTrail User Guide, "How CloudTrail works"); three times that is taken as over."""
DAY_MS = 24 * HOUR_MS
FILES = "files"
INSIGHT_EVENTS = "Insight events"
_BESIDE_EVENTS = (INSIGHT_EVENTS, "only CloudTrail-")
"""Filters that leave no ordinary events over: Insight events, a bucket's folder of digests."""
NO_EVENTS = ("findings",)
"""Sources that bring no events, and so cover no time."""


class Known(StrEnum):
    """What is known of a stretch of time."""

    FETCHED = "fetched"
    """All that the source has is here."""
    EMPTY = "empty"
    """The same, and there was nothing."""
    PARTIAL = "partial"
    FILTERED = "filtered"
    """Asked for some events only."""
    SILENT = "silent"
    """Log files of that day are here and none has an event of this hour; whether these are all
    the files that were written, files can't tell."""
    NOT_LOGGED = "not-logged"
    RUNNING = "running"
    PLANNED = "planned"
    DENIED = "denied"
    THROTTLED = "throttled"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Nobody asked."""

    @property
    def looked(self) -> bool:
        """Whether somebody looked, and saw what there was to be seen."""
        return self in (Known.FETCHED, Known.EMPTY, Known.SILENT)


BETTER_FIRST = (
    Known.FETCHED, Known.EMPTY, Known.PARTIAL, Known.FILTERED, Known.SILENT, Known.NOT_LOGGED,
    Known.RUNNING, Known.DENIED, Known.THROTTLED, Known.FAILED, Known.PLANNED, Known.UNKNOWN,
)  # fmt: skip
"""Of several answers about one time, the first of these counts."""
_RANK = {state: at for at, state in enumerate(BETTER_FIRST)}
_RANK_OF_PLACES = {**_RANK, Known.EMPTY: _RANK[Known.UNKNOWN]}
"""Between two buckets, say: that one held nothing does not make up for the other one's refusal."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time of which one thing is known; `until_ms` is exclusive."""

    since_ms: int
    until_ms: int
    state: Known
    detail: str = ""
    may_grow: bool = False
    """Asked so early that events of this time could still arrive afterwards."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source was asked of one account and Region, whole or with one filter."""

    account: str
    region: str
    source: str
    filter: str
    """What the question was narrowed to, in words; empty: everything."""
    stretches: tuple[Stretch, ...]
    hours: Mapping[int, int] = field(default_factory=dict[int, int])
    """Events that it brought, by the beginning of their hour in ms; hours without are not there."""

    @property
    def covers(self) -> bool:
        """Whether its answers say anything of the events of a time; Insight events are a few
        findings about them, no more."""
        return self.source not in NO_EVENTS and not self.filter.startswith(_BESIDE_EVENTS)


Place = tuple[str, str]
"""An account and a Region."""


def join(
    pieces: Iterable[Stretch], better: Callable[[Stretch], int] = lambda piece: _RANK[piece.state]
) -> list[Stretch]:
    """Stretches that overlap as stretches that do not: the best one of each moment counts.

    `better` gives the smaller number for the better one. Neighbours that are alike become one.
    """
    ordered = sorted(pieces, key=lambda piece: (piece.since_ms, piece.until_ms))
    if all(one.until_ms <= two.since_ms for one, two in pairwise(ordered)):
        return merged(ordered)
    return merged(_best(ordered, better))


def _best(ordered: Sequence[Stretch], better: Callable[[Stretch], int]) -> Iterator[Stretch]:
    points = sorted({point for piece in ordered for point in (piece.since_ms, piece.until_ms)})
    present: list[tuple[int, bool, int, Stretch]] = []
    at = 0
    for since_ms, until_ms in pairwise(points):
        while at < len(ordered) and ordered[at].since_ms <= since_ms:
            piece = ordered[at]
            heapq.heappush(present, (better(piece), piece.may_grow, at, piece))
            at += 1
        while present and present[0][3].until_ms <= since_ms:
            heapq.heappop(present)
        if present:
            best = present[0][3]
            yield Stretch(since_ms, until_ms, best.state, best.detail, best.may_grow)


def merged(pieces: Iterable[Stretch]) -> list[Stretch]:
    """Stretches in order: neighbours that are alike become one, empty ones are left out."""
    found: list[Stretch] = []
    for piece in pieces:
        if piece.since_ms >= piece.until_ms:
            continue
        last = found[-1] if found else None
        if (
            last is not None
            and last.until_ms == piece.since_ms
            and (last.state, last.detail, last.may_grow)
            == (piece.state, piece.detail, piece.may_grow)
        ):
            found[-1] = Stretch(
                last.since_ms, piece.until_ms, last.state, last.detail, last.may_grow
            )
        else:
            found.append(piece)
    return found


def filter_of(question: Mapping[str, object]) -> str:
    """What a question leaves out, in words; empty where it asks for everything."""
    words: list[str] = []
    if question.get("category") == "insight":
        words.append(INSIGHT_EVENTS)
    attribute = question.get("attribute")
    if told := question.get("filter"):
        words.append(str(told))
    elif attribute:
        words.append(json.dumps(attribute))
    return ", ".join(words)


def asked_layers(
    case: Case, *, as_read: bool = True
) -> dict[tuple[str, str, str, str], tuple[Stretch, ...]]:
    """The stretches of every account, Region, source and filter that was asked for.

    `as_read`: what came whole and could not all be read is partial; else it is as it came.
    """
    rows = case.connection.execute(
        "SELECT account, region, source, question, id, since_ms, until_ms, state, records, "
        "reached_ms, detail, coalesce(asked_ms, changed_ms) FROM fetches "
        "ORDER BY account, region, source, question"
    )
    found: dict[tuple[str, str, str, str], dict[str, list[Stretch]]] = {}
    known: dict[str, tuple[str, str]] = {}
    unreadable = unreadable_in(case) if as_read else {}
    for (account, region, source, question), group in groupby(rows, key=lambda row: row[:4]):
        if question not in known:
            known[question] = _place_and_filter(json.loads(question))
        place, told = known[question]
        places = found.setdefault((account, region, source, told), {})
        pieces = places.setdefault(place, [])
        pieces += [
            _not_whole(piece, unreadable.get(row[4]))
            for row in group
            for piece in pieces_of(*row[5:])
        ]
    return {key: tuple(_of_places(places)) for key, places in found.items()}


def _not_whole(piece: Stretch, unreadable: str | None) -> Stretch:
    """What was answered whole and could not be read whole, is partial."""
    if unreadable is None or piece.state not in (Known.FETCHED, Known.EMPTY):
        return piece
    return Stretch(piece.since_ms, piece.until_ms, Known.PARTIAL, unreadable, piece.may_grow)


def _place_and_filter(question: Mapping[str, object]) -> tuple[str, str]:
    """Where a question was put (a bucket, a table), as text that tells two apart, and its filter.

    What names no place is about all that the source has.
    """
    place = {name: value for name, value in question.items() if name not in _NO_PLACE}
    return (json.dumps(place, sort_keys=True) if place else ""), filter_of(question)


_NO_PLACE = ("category", "attribute", "filter", "following")


def _of_places(places: Mapping[str, Sequence[Stretch]]) -> list[Stretch]:
    """What one place says, or several together; what was asked of none in particular goes along
    with each."""
    everywhere = places.get("", ())
    several = [join([*pieces, *everywhere]) for place, pieces in places.items() if place]
    joined = several[0] if len(several) == 1 else join(everywhere)
    if len(several) > 1:
        pieces = (piece for one in several for piece in one)
        joined = join(pieces, lambda piece: _RANK_OF_PLACES[piece.state])
    return merged(
        Stretch(p.since_ms, p.until_ms, Known.FETCHED, p.detail, p.may_grow)
        if p.state is Known.EMPTY
        else p
        for p in joined
    )


def pieces_of(
    since_ms: int,
    until_ms: int,
    state: str,
    records: int,
    reached_ms: int | None,
    detail: str,
    asked_ms: int,
) -> Iterator[Stretch]:
    """What one fetch says: a whole one all of its time, another one what it reached from the end.

    What was asked before the delivery delay was over may still grow; of what came after the last
    answer (a bucket's day that is not over) it says nothing.
    """
    known = Known(state)
    whole = known in (Known.FETCHED, Known.EMPTY)
    whole_from = since_ms if whole else until_ms if reached_ms is None else reached_ms
    whole_from = min(max(whole_from, since_ms), until_ms)
    if since_ms < whole_from:
        yield Stretch(since_ms, whole_from, known, detail)
    had = Known.FETCHED if records else Known.EMPTY
    until_ms = min(until_ms, asked_ms)
    if whole_from >= until_ms:
        return
    settled = min(max(asked_ms - DELIVERY_DELAY_MS, whole_from), until_ms)
    if whole_from < settled:
        yield Stretch(whole_from, settled, had)
    if settled < until_ms:
        yield Stretch(settled, until_ms, had, "", may_grow=True)
