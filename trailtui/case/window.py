"""The stretch of time that a case is about."""

from trailtui.case.events import first_and_last_ms
from trailtui.case.file import Case
from trailtui.model.times import HOUR_MS, TimeWindow, now_ms


def case_window(case: Case) -> tuple[int, int] | None:
    """The stretch of time that the case is about, in ms; the end is exclusive.

    What the case was opened for; an end that was left open is where its events and fetches end.
    None in a case that has neither.
    """
    set_window = chosen_window(case)
    since_ms, until_ms = set_window.since_ms, set_window.until_ms
    if since_ms is None or until_ms is None:
        held = held_window(case)
        if held is None:
            return None
        since_ms = held[0] if since_ms is None else since_ms
        until_ms = held[1] if until_ms is None else until_ms
    until_ms = min(until_ms, now_ms())  # nobody can have looked at what is to come
    return (since_ms, until_ms) if since_ms < until_ms else held_window(case)


def chosen_window(case: Case) -> TimeWindow:
    """The window that the case was opened with; open where none was given."""
    value = case.setting("window")
    if not isinstance(value, dict):
        return TimeWindow()
    ends = [value.get(key) for key in ("since_ms", "until_ms")]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    since, until = (end if isinstance(end, int) else None for end in ends)  # pyright: ignore[reportUnknownVariableType]
    return TimeWindow(since, until)


def held_window(case: Case) -> tuple[int, int] | None:
    """From the first to the last hour that events or fetches are about; None without any."""
    asked = case.connection.execute(
        "SELECT min(since_ms), max(until_ms) FROM fetches "
        "WHERE source <> 'findings' AND since_ms < until_ms"
    ).fetchone()
    span = first_and_last_ms(case)
    begins = [at for at in (asked[0], span[0] if span else None) if at is not None]
    ends = [at for at in (asked[1], span[1] + 1 if span else None) if at is not None]
    if not begins:
        return None
    return min(begins) // HOUR_MS * HOUR_MS, -(-max(ends) // HOUR_MS) * HOUR_MS
