"""Finding events that claim one event id and say different things."""

from collections import Counter
from collections.abc import Iterable, Sequence

from trailtui.case.file import Case
from trailtui.model.record import ID_BITS, Flags, id_bits


def flag_conflicts(case: Case, suspects: Sequence[int] | None = None) -> int:
    """Flag events that share event id and account with another of other content.

    Looks over the whole case, once for the evidence that came since the last time. `suspects` are
    what suspects_among finds in the ids of all events, where the caller has them at hand. Gives
    how many events were flagged now. Call it inside `case.writing()`.
    """
    newest = case.connection.execute("SELECT coalesce(max(id), 0) FROM evidence").fetchone()[0]
    if case.setting("conflicts-checked") == newest:
        return 0
    groups: dict[tuple[bytes | str, int], list[tuple[int, int]]] = {}
    for event, event_id, account, flags in _rows_with_shared_bits(case, suspects):
        groups.setdefault((event_id, account), []).append((event, flags))
    changes = [
        (variant, int(Flags.CONFLICT), event)
        for shared in groups.values()
        if len(shared) > 1
        for variant, (event, flags) in enumerate(shared)
        if not flags & Flags.CONFLICT
    ]
    case.connection.executemany(
        "UPDATE event_rows SET variant = ?, flags = flags | ? WHERE id = ?", changes
    )
    case.set_setting("conflicts-checked", newest)
    return len(changes)


def suspects_among(ids: Sequence[int]) -> list[int]:
    """Those of the ids that end like another: all that can share an event id, and a few more."""
    bits = _met_twice(ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE))
    return [one for one in ids if one & ID_BITS in bits]


def _rows_with_shared_bits(
    case: Case, suspects: Sequence[int] | None
) -> list[tuple[int, bytes | str, int, int]]:
    """Rows whose ids end alike: all that can share an event id, and some that meet by chance."""
    execute = case.connection.execute
    displaced = execute(
        "SELECT id, event_id, account, flags FROM event_rows WHERE flags & 1024"
    ).fetchall()
    found = {row[0]: row for row in displaced}
    bits = {id_bits(row[1]) for row in displaced}
    if suspects is None:
        bits |= _shared_bits(case)
    wanted = [*_ending_in(case, bits), *(suspects or ())]
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        rows = execute(
            "SELECT id, event_id, account, flags FROM event_rows "  # noqa: S608 - marks only
            f"WHERE id IN ({', '.join('?' * len(part))})",
            part,
        )
        found.update((row[0], row) for row in rows)
    return [found[event] for event in sorted(found)]


def _ending_in(case: Case, bits: Iterable[int]) -> list[int]:
    """The ids that end in any of these bits."""
    wanted: list[int] = []
    sought = sorted(bits)
    for start in range(0, len(sought), 30_000):
        part = sought[start : start + 30_000]
        marks = ", ".join("?" * len(part))
        sql = f"SELECT id FROM event_rows WHERE id & ? IN ({marks})"  # noqa: S608 - marks only
        wanted += [row[0] for row in case.connection.execute(sql, [ID_BITS, *part])]
    return wanted


def _shared_bits(case: Case) -> set[int]:
    """The last 31 bits of ids that more than one event has."""
    execute = case.connection.execute
    if execute("SELECT count(*) FROM event_rows").fetchone()[0] > IN_MEMORY:
        sql = "SELECT id & ? AS bits FROM event_rows GROUP BY bits HAVING count(*) > 1"
        return {row[0] for row in execute(sql, [ID_BITS])}
    rows = execute("SELECT id FROM event_rows")
    parts = iter(lambda: rows.fetchmany(_AT_ONCE), [])
    return _met_twice([row[0] for row in part] for part in parts)


IN_MEMORY = 1_000_000
"""Up to so many events the bits are compared here, three times as fast as SQLite sorts them."""

_AT_ONCE = 10_000


def _met_twice(parts: Iterable[Sequence[int]]) -> set[int]:
    """The last 31 bits that more than one of the ids has."""
    seen: set[int] = set()
    shared: set[int] = set()
    for part in parts:
        bits = [each & ID_BITS for each in part]
        own = set(bits)
        if len(own) < len(bits):
            shared.update(bit for bit, times in Counter(bits).items() if times > 1)
        shared |= seen & own
        seen |= own
    return shared
