"""Coverage by the hour: stretches and events of a source, as runs of hours that are alike.

Everything is reckoned in stretches, never hour by hour, so that 90 days of 340 places stay quick.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trailtui.case.covering import BETTER_FIRST, Known, Layer, Stretch
from trailtui.model.times import HOUR_MS, format_utc

_RANK = {state: at for at, state in enumerate(BETTER_FIRST)}
_QUIET = (Known.EMPTY, Known.SILENT)


@dataclass(frozen=True, slots=True)
class Run:
    """Hours in a row of which the same is known; the first and last may be parts of hours."""

    since_ms: int
    until_ms: int
    state: Known
    events: int = 0
    detail: str = ""
    may_grow: bool = False

    @property
    def hours(self) -> int:
        """How many hours it touches."""
        return -(-self.until_ms // HOUR_MS) - self.since_ms // HOUR_MS


@dataclass(frozen=True, slots=True)
class Unlogged:
    """A stretch of time in which nothing was logged, and why."""

    since_ms: int
    until_ms: int
    says: str


def layer_runs(
    layer: Layer, since_ms: int, until_ms: int, unlogged: Sequence[Unlogged] = ()
) -> list[Run]:
    """All of a window as runs of hours, by what one source has of it.

    Args:
        layer: the source's stretches and events.
        since_ms: the beginning of the window.
        until_ms: its end, exclusive.
        unlogged: when nothing was logged, for a source that is fed by trails.
    """
    counted = _Counted(layer.hours)
    found: list[Run] = []
    for piece in hourly(layer.stretches, since_ms, until_ms):
        found += counted.runs(piece, of_files=layer.source == "files")
    for span in unlogged:
        found = [part for run in found for part in _with_unlogged(run, span)]
    return merge_runs(found)


def hourly(stretches: Iterable[Stretch], since_ms: int, until_ms: int) -> Iterator[Stretch]:
    """The window cut at hours only; an hour of several parts gets the state they amount to."""
    mixed: list[Stretch] = []
    for piece in _filled(stretches, since_ms, until_ms):
        begin, end = piece.since_ms, piece.until_ms
        if mixed:
            hour_end = min(mixed[0].since_ms // HOUR_MS * HOUR_MS + HOUR_MS, until_ms)
            part_end = min(end, hour_end)
            mixed.append(replace(piece, since_ms=begin, until_ms=part_end))
            begin = part_end
            if part_end == hour_end:
                yield amount_to(mixed)
                mixed = []
        if begin == end:
            continue
        whole_end = end if end == until_ms else end // HOUR_MS * HOUR_MS
        if whole_end > begin:
            yield replace(piece, since_ms=begin, until_ms=whole_end)
            begin = whole_end
        if begin < end:
            mixed = [replace(piece, since_ms=begin, until_ms=end)]
    if mixed:
        yield amount_to(mixed)


def _filled(stretches: Iterable[Stretch], since_ms: int, until_ms: int) -> Iterator[Stretch]:
    """The window without holes: where there is no stretch, nothing is known."""
    at = since_ms
    for piece in stretches:
        begin, end = max(piece.since_ms, since_ms), min(piece.until_ms, until_ms)
        if begin >= end:
            continue
        if at < begin:
            yield Stretch(at, begin, Known.UNKNOWN)
        yield replace(piece, since_ms=begin, until_ms=end)
        at = end
    if at < until_ms:
        yield Stretch(at, until_ms, Known.UNKNOWN)


def amount_to(parts: Sequence[Stretch]) -> Stretch:
    """Parts of one hour as one: looked at only where all parts were, partial where some were."""
    begin, end = parts[0].since_ms, parts[-1].until_ms
    states = {part.state for part in parts}
    grows = any(part.may_grow for part in parts)
    lacking = [part for part in parts if not part.state.looked]
    if not lacking:
        state = Known.SILENT if Known.SILENT in states else Known.FETCHED
        return Stretch(begin, end, state, parts[0].detail if len(states) == 1 else "", grows)
    details = "; ".join(dict.fromkeys(_says(part) for part in lacking))
    if len(lacking) < len(parts):
        return Stretch(begin, end, Known.PARTIAL, details, grows)
    worst = max(lacking, key=lambda part: _RANK[part.state]).state
    return Stretch(begin, end, worst, details if len(states) > 1 else lacking[0].detail, grows)


def _says(part: Stretch) -> str:
    state = "not asked" if part.state is Known.UNKNOWN else str(part.state)
    told = f": {part.detail}" if part.detail else ""
    return f"{format_utc(part.since_ms)} to {format_utc(part.until_ms)} {state}{told}"


class _Counted:
    """Events by the hour, and their sums over stretches."""

    def __init__(self, hours: Mapping[int, int]) -> None:
        self._hours = sorted(hours)
        self._sums = [0]
        for hour in self._hours:
            self._sums.append(self._sums[-1] + hours[hour])

    def events(self, since_ms: int, until_ms: int) -> int:
        """Events of all hours that begin in a stretch; the first hour may have begun before it."""
        first = bisect_left(self._hours, since_ms // HOUR_MS * HOUR_MS)
        last = bisect_left(self._hours, until_ms)
        return self._sums[last] - self._sums[first]

    def runs(self, piece: Stretch, *, of_files: bool) -> Iterator[Run]:
        """A piece that is cut at hours, its hours with events apart from those without."""
        begin, end, state = piece.since_ms, piece.until_ms, piece.state
        if not (state.looked or state is Known.UNKNOWN):
            events = self.events(begin, end)
            yield Run(begin, end, state, events, piece.detail, piece.may_grow)
            return
        without = Known.EMPTY if state is Known.FETCHED else state
        with_events = Known.PARTIAL if state is Known.UNKNOWN and not of_files else Known.FETCHED
        says = "events came with something else that was asked" if with_events != "fetched" else ""
        at = begin
        first = bisect_left(self._hours, begin // HOUR_MS * HOUR_MS)
        for hour in self._hours[first : bisect_left(self._hours, end)]:
            start, stop = max(hour, begin), min(hour + HOUR_MS, end)
            if at < start:
                yield Run(at, start, without, 0, piece.detail, piece.may_grow)
            events = self.events(start, stop)
            yield Run(start, stop, with_events, events, says, piece.may_grow)
            at = stop
        if at < end:
            yield Run(at, end, without, 0, piece.detail, piece.may_grow)


def _with_unlogged(run: Run, span: Unlogged) -> Iterator[Run]:
    """A run with a stretch in it that was not logged.

    Hours without events are not logged where the stretch touches them. Where events came for all
    of an hour's time something else logged it; an hour that the stretch only begins or ends in is
    partial, though it has events.
    """
    if run.until_ms <= span.since_ms or span.until_ms <= run.since_ms:
        yield run
        return
    first = max(run.since_ms, span.since_ms // HOUR_MS * HOUR_MS)
    last = min(run.until_ms, -(-span.until_ms // HOUR_MS) * HOUR_MS)
    if run.state in _QUIET:
        if run.since_ms < first:
            yield replace(run, until_ms=first)
        yield Run(first, last, Known.NOT_LOGGED, 0, span.says)
        if last < run.until_ms:
            yield replace(run, since_ms=last)
        return
    edges = {
        point // HOUR_MS * HOUR_MS for point in (span.since_ms, span.until_ms) if point % HOUR_MS
    }
    if run.state is Known.FETCHED and run.hours == 1 and run.since_ms // HOUR_MS * HOUR_MS in edges:
        yield replace(run, state=Known.PARTIAL, detail=span.says)
    else:
        yield run


def merge_runs(runs: Iterable[Run]) -> list[Run]:
    """Runs that follow each other and say the same, as one."""
    found: list[Run] = []
    for run in runs:
        last = found[-1] if found else None
        if (
            last is not None
            and last.state is run.state
            and last.until_ms == run.since_ms
            and last.detail == run.detail
            and last.may_grow == run.may_grow
        ):
            events = last.events + run.events
            found[-1] = Run(
                last.since_ms, run.until_ms, run.state, events, run.detail, run.may_grow
            )
        else:
            found.append(run)
    return found


def best_of(several: Sequence[tuple[Layer, Sequence[Run]]], hours: Mapping[int, int]) -> list[Run]:
    """What all layers of one account and Region know together: of each time the best answer.

    Args:
        several: layers with their runs, all of the same window.
        hours: events of the account and Region by the hour, each counted once.
    """
    if not several:
        return []
    counted = _Counted(hours)
    seen = [merge_runs(_seen_through(layer, run) for run in runs) for layer, runs in several]
    points = sorted({run.since_ms for runs in seen for run in runs})
    places = [0] * len(seen)
    found: list[Run] = []
    for since_ms, until_ms in zip(points, [*points[1:], seen[0][-1].until_ms], strict=True):
        best = seen[0][0]
        for at, runs in enumerate(seen):
            while runs[places[at]].until_ms <= since_ms:
                places[at] += 1
            run = runs[places[at]]
            if at == 0 or _better(run, best):
                best = run
        events = counted.events(since_ms, until_ms)
        found.append(Run(since_ms, until_ms, best.state, events, best.detail, best.may_grow))
    return merge_runs(found)


def _better(one: Run, other: Run) -> bool:
    ranks = _RANK[one.state], _RANK[other.state]
    return ranks[0] < ranks[1] or (ranks[0] == ranks[1] and other.may_grow and not one.may_grow)


def _seen_through(layer: Layer, run: Run) -> Run:
    """What a layer's run says of all events: behind a filter, no more than that."""
    if layer.filter and run.state.looked:
        says = f"{layer.source} was asked for {layer.filter} only"
        return replace(run, state=Known.FILTERED, detail=says)
    if run.state.looked or run.state is Known.UNKNOWN:
        return replace(run, detail="") if run.detail else run
    return replace(run, detail=f"{layer.source}: {run.detail}" if run.detail else layer.source)
