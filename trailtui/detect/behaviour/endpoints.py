"""VPC endpoints that calls came through: only the records themselves have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.detect.behaviour.uses import Use
from trailtui.detect.scan.conditions import Subject
from trailtui.model.record import Flags

MOST_READ = 5000
"""Records that are read for this; the first of each identity, address and service."""


@dataclass(frozen=True, slots=True)
class EndpointUse:
    """An endpoint that a service was called through."""

    source: str
    endpoint: str
    owner: str
    """The account that it is in; empty in records older than version 1.09."""


def endpoint_uses(case: Case, some: Sequence[Use]) -> dict[int, list[EndpointUse]]:
    """By the id of a use's first row, the endpoints of its first call to each service."""
    found: dict[int, list[EndpointUse]] = {}
    reader = RecordReader(case)
    read = 0
    for use in some:
        rows = case.connection.execute(
            "SELECT min(id) FROM event_rows WHERE actor = ? AND +ip = ? AND flags & 64 = 0 "
            "GROUP BY source",
            [use.actor, use.ip],
        ).fetchall()
        for (event,) in rows:
            if read >= MOST_READ:
                return found
            read += 1
            told = _endpoint(read_record(case, event, reader))
            if told is not None:
                found.setdefault(use.first, []).append(told)
    return found


def _endpoint(record: Mapping[str, object]) -> EndpointUse | None:
    endpoint = record.get("vpcEndpointId")
    if not isinstance(endpoint, str) or not endpoint:
        return None
    source, owner = record.get("eventSource"), record.get("vpcEndpointAccountId")
    return EndpointUse(
        str(source or ""), endpoint[:60], owner[:20] if isinstance(owner, str) else ""
    )


def read_record(case: Case, event: int, reader: RecordReader | None = None) -> Mapping[str, object]:
    """The record of a row; an empty one where its bytes are none."""
    evidence, offset, length, flags = case.connection.execute(
        "SELECT evidence, offset, length, flags FROM event_rows WHERE id = ?", [event]
    ).fetchone()
    raw = (reader or RecordReader(case)).read(
        evidence, offset, length, in_string=bool(flags & Flags.IN_STRING)
    )
    return Subject(raw).record
