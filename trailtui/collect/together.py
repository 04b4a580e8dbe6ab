"""One query for several places: an engine that scans by time would else scan as often as there are
accounts and Regions, and ask for as much money each time.

The fetches of one stretch of time and one question make a group. Its first fetch is run and carries
the cursor and the evidence; what came of the others is read from the case afterwards, so that a
kill at any moment leaves nothing to guess.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trailtui.case.fetches import Fetch, State, all_fetches, update_fetch
from trailtui.case.file import Case
from trailtui.collect.scope import Place
from trailtui.model.record import ID_BITS

_SECOND_SHIFT = ID_BITS.bit_length()


@dataclass(frozen=True, slots=True)
class Group:
    """Fetches that one query answers; the first one carries it."""

    fetches: tuple[Fetch, ...]

    @property
    def carrier(self) -> Fetch:
        """The one that is run."""
        return self.fetches[0]

    @property
    def places(self) -> tuple[Place, ...]:
        """Whose events are asked for, in a fixed order."""
        return tuple(sorted(Place(one.unit.account, one.unit.region) for one in self.fetches))


def grouped(fetches: Sequence[Fetch]) -> list[Group]:
    """The fetches by stretch of time and question, in their order.

    One that is under way leads its group, so that its cursor is gone on with.
    """
    found: dict[tuple[int, int, str], list[Fetch]] = {}
    for fetch in fetches:
        unit = fetch.unit
        found.setdefault((unit.since_ms, unit.until_ms, unit.question_text), []).append(fetch)
    return [
        Group(tuple(sorted(group, key=lambda one: not one.cursor or _CARRIED in one.cursor)))
        for group in found.values()
    ]


_CARRIED = "carried_by"
"""In the cursor of a fetch that another one's query answers: that one's number."""


def bind(case: Case, groups: Sequence[Group]) -> None:
    """Note which query answers each fetch, before it is asked."""
    with case.writing():
        for group in groups:
            for fetch in group.fetches[1:]:
                cursor = {_CARRIED: group.carrier.id}
                update_fetch(case, fetch.id, State.RUNNING, cursor=cursor)


def settle(case: Case, source: str, carriers: Iterable[int] = ()) -> None:
    """Note for fetches that another one's query answered what came of it.

    For those of `carriers`, and for all that a run left which was killed before it got so far.
    """
    known = {fetch.id: fetch for fetch in all_fetches(case, sources=[source])}
    groups: dict[int, list[Fetch]] = {carrier: [] for carrier in carriers}
    for fetch in known.values():
        if _CARRIED in fetch.cursor:
            groups.setdefault(int(str(fetch.cursor[_CARRIED])), []).append(fetch)
    with case.writing():
        for number, carried in groups.items():
            carrier = known[number]
            if carrier.state not in (State.PLANNED, State.RUNNING):
                _share_out(case, carrier, carried)


def _share_out(case: Case, carrier: Fetch, carried: Sequence[Fetch]) -> None:
    counts = _counts(case, [carrier, *carried])
    for fetch in (carrier, *carried):
        count = counts.get(Place(fetch.unit.account, fetch.unit.region), 0)
        state = carrier.state
        if state.whole:
            state = State.FETCHED if count else State.EMPTY
        if fetch is carrier:
            update_fetch(case, fetch.id, state)
            continue
        update_fetch(
            case,
            fetch.id,
            state,
            cursor={},
            reached_ms=carrier.reached_ms,
            records=max(0, count - fetch.records),
            detail=carrier.detail,
        )


def _counts(case: Case, group: Sequence[Fetch]) -> dict[Place, int]:
    """How many events of each place the group's evidence shows.

    Where all that came lay in the case already, under another fetch: how many the case has then.
    """
    unit = group[0].unit
    since, until = unit.since_ms // 1000, -(-unit.until_ms // 1000)
    stretch = [since << _SECOND_SHIFT, until << _SECOND_SHIFT]
    shown = _SHOWN.format(", ".join("?" * len(group)))
    numbers = [one.id for one in group]
    found = _by_place(case, shown, [*numbers, *stretch])
    if found or not group[0].records:
        return found
    return _by_place(case, _ALL, stretch)


_ALL = """
SELECT (SELECT text FROM strings WHERE id = e.account),
    (SELECT text FROM strings WHERE id = e.region), count(*)
FROM event_rows e WHERE e.id >= ? AND e.id < ?
"""
_SHOWN = f"""
WITH brought AS (SELECT id FROM evidence WHERE fetch IN ({{}}))
{_ALL} AND (e.evidence IN (SELECT id FROM brought) OR EXISTS (
    SELECT 1 FROM sightings s WHERE s.event = e.id AND s.evidence IN (SELECT id FROM brought)))
"""  # noqa: S608 - constants only


def _by_place(case: Case, sql: str, parameters: Sequence[int]) -> dict[Place, int]:
    rows = case.connection.execute(f"{sql} GROUP BY e.account, e.region", parameters)
    return {Place(str(account), str(region)): count for account, region, count in rows}
