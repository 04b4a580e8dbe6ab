"""Finding events that claim one event id and say different things."""

from trailtui.case.file import Case
from trailtui.model.record import ID_BITS, Flags, id_bits


def flag_conflicts(case: Case) -> int:
    """Flag events that share event id and account with another of other content.

    Looks over the whole case, once for the evidence that came since the last time. Gives how many
    events were flagged now. Call it inside `case.writing()`.
    """
    newest = case.connection.execute("SELECT coalesce(max(id), 0) FROM evidence").fetchone()[0]
    if case.setting("conflicts-checked") == newest:
        return 0
    groups: dict[tuple[bytes | str, int], list[tuple[int, int]]] = {}
    for event, event_id, account, flags in _rows_with_shared_bits(case):
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


def _rows_with_shared_bits(case: Case) -> list[tuple[int, bytes | str, int, int]]:
    """Rows whose ids end alike: all that can share an event id, and some that meet by chance."""
    execute = case.connection.execute
    bits = _shared_bits(case)
    displaced = execute(
        "SELECT id, event_id, account, flags FROM event_rows WHERE flags & 1024 ORDER BY id"
    ).fetchall()
    bits.update(id_bits(row[1]) for row in displaced)
    found = {row[0]: row for row in displaced}
    wanted = sorted(bits)
    for start in range(0, len(wanted), 30_000):
        part = wanted[start : start + 30_000]
        rows = execute(
            "SELECT id, event_id, account, flags FROM event_rows WHERE id IN ("  # noqa: S608
            f"SELECT id FROM event_rows WHERE id & ? IN ({', '.join('?' * len(part))}))",
            [ID_BITS, *part],
        )
        found.update((row[0], row) for row in rows)
    return [found[event] for event in sorted(found)]


_IN_MEMORY = 1_000_000
"""Up to so many events the bits are compared here, three times as fast as SQLite sorts them."""


def _shared_bits(case: Case) -> set[int]:
    """The last 31 bits of ids that more than one event has."""
    execute = case.connection.execute
    if execute("SELECT count(*) FROM event_rows").fetchone()[0] > _IN_MEMORY:
        sql = "SELECT id & ? AS bits FROM event_rows GROUP BY bits HAVING count(*) > 1"
        return {row[0] for row in execute(sql, [ID_BITS])}
    seen: set[int] = set()
    shared: set[int] = set()
    rows = execute("SELECT id & ? FROM event_rows", [ID_BITS])
    while part := rows.fetchmany(10_000):
        bits = {row[0] for row in part}
        if len(bits) < len(part) or not seen.isdisjoint(bits):
            for (each,) in part:
                (shared if each in seen else seen).add(each)
        else:
            seen |= bits
    return shared
