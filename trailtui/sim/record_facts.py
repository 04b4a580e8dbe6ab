"""What the simulator needs to know of a record, also of one that lacks fields.

Records that the account wrote itself are whole. Adopted ones may be as odd as real ones are:
without a type, without readOnly, without managementEvent (event version 1.05 and older).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from trailtui.sim.dynamic import Dynamic

Record = dict[str, Dynamic]

MANAGEMENT = "Management"
INSIGHT = "Insight"

_NOT_DELIVERED = "eventContext"
"""Source: CloudTrail User Guide, "record contents": only event data stores of Lake have it."""


def event_time(record: Record) -> datetime | None:
    """When it happened, aware; None where the record has no readable time."""
    written = record.get("eventTime")
    if not isinstance(written, str):
        return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def part(record: Record, name: str) -> Record:
    """A member that is an object; an empty one where it is missing or something else."""
    found = record.get(name)
    return cast("Record", found) if isinstance(found, dict) else {}


def text(record: Record, name: str) -> str:
    """A member that is a string; "" where it is missing or something else."""
    found = record.get(name)
    return found if isinstance(found, str) else ""


def owner(record: Record, default: str) -> str:
    """The account whose trail gets the record.

    Args:
        record: any record.
        default: the answer where the record names none.
    """
    named = text(record, "recipientAccountId")
    return named or text(part(record, "userIdentity"), "accountId") or default


def region(record: Record) -> str:
    """The Region it was recorded in."""
    return text(record, "awsRegion") or "us-east-1"


def category(record: Record) -> str:
    """Management, Data, NetworkActivity, Insight or Aggregated.

    Old records have no eventCategory (before 1.07) and no managementEvent (before 1.06).
    """
    named = text(record, "eventCategory")
    if named:
        return named
    if "insightDetails" in record:
        return INSIGHT
    return "Data" if record.get("managementEvent") is False else MANAGEMENT


def resources(record: Record) -> list[Record]:
    """The resources a record names."""
    named = record.get("resources")
    if not isinstance(named, list):
        return []
    items = cast("list[Dynamic]", named)
    return [cast("Record", one) for one in items if isinstance(one, dict)]


def as_delivered(record: Record) -> Record:
    """The record as LookupEvents and log files have it."""
    if _NOT_DELIVERED not in record:
        return record
    return {name: value for name, value in record.items() if name != _NOT_DELIVERED}
