"""What of a wanted stretch of time is still to be asked, when parts of it were asked before.

Every run has another `now` at its end, so a stretch is compared with what the case has fetched, not
with what it was called then. The last quarter of an hour of a fetch may have grown since.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from trailtui.case.covering import DELIVERY_DELAY_MS
from trailtui.case.fetches import Fetch, State, Unit, all_fetches, plan_fetches
from trailtui.case.file import Case
from trailtui.collect.scope import from_the_start

Stretch = tuple[int, int]
"""From, and up to before, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of one question to one account and Region."""

    begun: tuple[Fetch, ...]
    """Fetches to go on with, as they stand."""
    gaps: tuple[Stretch, ...]
    """Stretches that no fetch covers, the newest first."""


def ask_for(case: Case, units: Sequence[Unit], *, again: bool = False) -> list[Fetch]:
    """The fetches that are needed so that all units of one source are answered, in their order.

    What was begun is gone on with, what is whole is left out, what has never been asked is noted in
    the case. `again`: every unit from its start.
    """
    if again:
        return [from_the_start(fetch) for fetch in plan_fetches(case, units)]
    wanted = _left_of(case, units)
    planned = iter(plan_fetches(case, [one for one in wanted if isinstance(one, Unit)]))
    return [one if isinstance(one, Fetch) else _afresh(next(planned)) for one in wanted]


def would_ask_for(case: Case, units: Sequence[Unit], *, again: bool = False) -> list[Fetch]:
    """As ask_for, for an estimate: nothing is noted in the case."""
    wanted = list(units) if again else _left_of(case, units)
    return [
        one if isinstance(one, Fetch) else Fetch(-at, one, State.PLANNED, {}, None, 0, 0, "", 0)
        for at, one in enumerate(wanted, 1)
    ]


def _left_of(case: Case, units: Sequence[Unit]) -> list[Fetch | Unit]:
    """What was begun, and stretches that have not been asked; each once, in the units' order."""
    if not units:
        return []
    asked = Asked(case, units[0].source)
    wanted: dict[tuple[object, ...], Fetch | Unit] = {}
    for unit in units:
        remaining = asked.remaining(unit)
        for start, end in remaining.gaps:
            gap = replace(unit, since_ms=start, until_ms=end)
            wanted[(*_key(unit), start, end)] = gap
        for fetch in remaining.begun:
            wanted[(fetch.id,)] = fetch
    return list(wanted.values())


def _afresh(fetch: Fetch) -> Fetch:
    """A stretch that was asked before, too early, begins again."""
    return from_the_start(fetch) if fetch.state.whole else fetch


class Asked:
    """What a source was asked so far."""

    def __init__(self, case: Case, source: str) -> None:
        self._fetches: dict[tuple[str, str, str], list[Fetch]] = {}
        for fetch in all_fetches(case, sources=[source]):
            self._fetches.setdefault(_key(fetch.unit), []).append(fetch)

    def remaining(self, wanted: Unit) -> Remaining:
        """What is left of a unit. Fetches that follow what happens are left to who follows."""
        since, until = wanted.since_ms, wanted.until_ms
        known = [
            fetch
            for fetch in self._fetches.get(_key(wanted), [])
            if fetch.unit.since_ms < until and fetch.unit.until_ms > since
        ]
        begun = [fetch for fetch in known if not fetch.state.whole]
        covered = [settled(fetch) for fetch in known if fetch.state.whole]
        covered += [(fetch.unit.since_ms, fetch.unit.until_ms) for fetch in begun]
        begun.sort(key=lambda fetch: -fetch.unit.until_ms)
        return Remaining(tuple(begun), tuple(gaps_between(covered, since, until)))


def settled(fetch: Fetch) -> Stretch:
    """The part of a whole fetch in which nothing more is to be expected."""
    unit = fetch.unit
    end = min(unit.until_ms, fetch.knows_until_ms - DELIVERY_DELAY_MS)
    return unit.since_ms, max(unit.since_ms, end // 1000 * 1000)


def gaps_between(covered: Iterable[Stretch], since_ms: int, until_ms: int) -> list[Stretch]:
    """The parts of a stretch that none of the others covers, the newest first."""
    found: list[Stretch] = []
    at = since_ms
    for start, end in sorted(covered):
        if at < min(start, until_ms):
            found.append((at, min(start, until_ms)))
        at = max(at, end)
        if at >= until_ms:
            break
    if at < until_ms:
        found.append((at, until_ms))
    return found[::-1]


def _key(unit: Unit) -> tuple[str, str, str]:
    return unit.account, unit.region, unit.question_text
