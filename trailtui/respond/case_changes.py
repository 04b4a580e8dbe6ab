"""What the case's events tell of changes in an account: who made what, and how it was before.

Records may come from an attacker: what is read here is shown and confirmed before it is used.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from trailtui.case.events import by_ids, record_of
from trailtui.case.evidence import RecordReader
from trailtui.model.times import format_utc
from trailtui.respond.looking import parsed_document

if TYPE_CHECKING:
    from trailtui.case.file import Case

MOST = 5000
"""So many calls of the names that are asked for are read at most, the newest."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call that succeeded, as its record tells it."""

    at_ms: int
    event_id: str
    name: str
    by: str
    """Who made it."""
    credential: str
    region: str
    request: Mapping[str, Any]
    answer: Mapping[str, Any]

    def says(self) -> str:
        """The call in a line."""
        return f"{self.name} by {self.by} at {format_utc(self.at_ms)} (event {self.event_id})"


def recorded(
    case: "Case", account: str, names: Sequence[str], source: str = "iam.amazonaws.com"
) -> list[Recorded]:
    """The calls of those names to one service in an account that succeeded, in time order."""
    marks = ", ".join("?" * len(names))
    rows = case.connection.execute(
        "SELECT id FROM event_rows WHERE error IS NULL AND flags & 64 = 0 AND name IN "  # noqa: S608
        f"(SELECT id FROM strings WHERE text IN ({marks})) ORDER BY id DESC LIMIT ?",
        [*names, MOST],
    ).fetchall()
    reader = RecordReader(case)
    found: list[Recorded] = []
    for row in by_ids(case, sorted(row[0] for row in rows)):
        if row.source != source or row.account != account or row.time_ms is None:
            continue
        record = members(json.loads(record_of(case, row, reader)))
        found.append(
            Recorded(
                row.time_ms,
                row.event_id,
                row.name or "",
                row.principal or "somebody",
                row.credential or "",
                row.region or "",
                members(record.get("requestParameters")),
                members(record.get("responseElements")),
            )
        )
    # Files come in any order, and so do the records of one.
    return sorted(found, key=lambda call: call.at_ms)


def members(value: object) -> Mapping[str, Any]:
    """A JSON object's members; none for any other value."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def concerns(call: Recorded, **wanted: str) -> bool:
    """Whether the request's parameters are these; IAM does not distinguish case in names."""
    return all(
        str(call.request.get(name, "")).casefold() == value.casefold()
        for name, value in wanted.items()
    )


def former(calls: Sequence[Recorded], event_id: str | None) -> Recorded | None:
    """The call that tells how something is to be again: the one of that event, where one is named;
    else the one before the last. None where there is none. The calls come in time order.
    """
    found = [call for call in calls if call.event_id == event_id] if event_id else calls[:-1]
    return found[-1] if found else None


def in_order(calls: Sequence[Recorded], member: str, present: object) -> list[Recorded]:
    """Calls that set a document, in time order; within a second the one that still stands is last.

    Records count whole seconds, so that the order within one is not known. `present` is the
    parsed document as it stands, None where there is none.
    """
    return sorted(calls, key=lambda call: (call.at_ms, _sets(call, member) == present))


def _sets(call: Recorded, member: str) -> object:
    text = call.request.get(member)
    return None if text is None else parsed_document(str(text))
