"""The sessions beneath a principal: each credential it acted with, and under which name.

One session is a credential with a session's name and beginning. Calls without any credential
(services, denied sign-ins) are a session of their own, without one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from trailtui.case.entities import add_to
from trailtui.case.entity_counts import (
    Call,
    Counted,
    Risky,
    Selection,
    count_by,
    nothing_is_risky,
    sorted_calls,
)
from trailtui.case.events import EventFilter, where_of
from trailtui.case.file import Case


@dataclass(frozen=True, slots=True)
class Session:
    """One credential of a principal, and what was done with it."""

    principal: str
    credential: str | None
    name: str | None
    """The role session's name."""
    began_ms: int | None
    """When the session was made, as its records say."""
    mfa: bool | None
    source_identity: str | None
    on_behalf_of: str | None
    events: int
    errors: int
    first_ms: int | None
    last_ms: int | None
    risky_succeeded: int
    risky_failed: int
    risky_calls: tuple[Call, ...]

    @property
    def other_failed(self) -> int:
        """Calls that failed and are not risky."""
        return self.errors - self.risky_failed

    @property
    def other_succeeded(self) -> int:
        """Calls that succeeded and are not risky."""
        return self.events - self.errors - self.risky_succeeded


_Key = tuple[str, str | None, str | None, int | None, int | None, str | None, str | None]
_COLUMNS = (
    "principal, credential, session_name, session_created_ms, mfa, source_identity, on_behalf_of"
)


def sessions_beneath(
    case: Case,
    principals: Iterable[str],
    chosen: EventFilter | None = None,
    *,
    risky: Risky = nothing_is_risky,
) -> dict[str, list[Session]]:
    """The sessions of some principals among the events that meet the filter, earliest first."""
    condition, parameters = where_of(case, chosen or EventFilter())
    counted = count_by(case, Selection("e.actor", condition, tuple(parameters)), risky)
    wanted = set(principals)
    actors = case.connection.execute(f"SELECT id, {_COLUMNS} FROM actors")  # noqa: S608
    keys: dict[int, _Key] = {row[0]: row[1:] for row in actors if row[1] in wanted}
    merged: dict[_Key, Counted] = {}
    for one in counted:
        key = keys.get(one.value)
        if key is None:
            continue
        if key in merged:
            add_to(merged[key], one)
        else:
            merged[key] = one
    found: dict[str, list[Session]] = {}
    for key, one in merged.items():
        found.setdefault(key[0], []).append(_session(key, one))
    for sessions in found.values():
        sessions.sort(key=lambda one: (one.first_ms or 0, one.credential or "", one.name or ""))
    return found


def _session(key: _Key, one: Counted) -> Session:
    principal, credential, name, began_ms, mfa, source_identity, on_behalf_of = key
    return Session(
        principal,
        credential,
        name,
        began_ms,
        None if mfa is None else bool(mfa),
        source_identity,
        on_behalf_of,
        one.events,
        one.errors,
        None if one.first_s is None else one.first_s * 1000,
        None if one.last_s is None else one.last_s * 1000,
        one.risky_succeeded,
        one.risky_failed,
        tuple(sorted_calls(one.risky_calls.values())),
    )
