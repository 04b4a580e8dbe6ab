"""An event as a row of a table: the same columns on the command line and in the console."""

from trailtui.case.events import EventRow
from trailtui.model.times import format_utc

COLUMNS = (
    "eventTime", "eventName", "eventSource", "principal", "accessKeyId", "sourceIPAddress",
    "awsRegion", "errorCode", "account", "userAgent", "readOnly", "seen", "pinned", "tags",
    "eventID",
)  # fmt: skip


def event_cells(row: EventRow) -> tuple[object, ...]:
    """An event in the order of COLUMNS, as values; whoever shows them makes texts safe."""
    return (
        None if row.time_ms is None else format_utc(row.time_ms),
        row.name,
        row.source,
        row.principal,
        row.credential,
        row.ip,
        row.region,
        row.error,
        row.account,
        row.agent,
        row.read_only,
        row.sightings,
        row.pinned,
        ",".join(row.tags),
        row.event_id,
    )
