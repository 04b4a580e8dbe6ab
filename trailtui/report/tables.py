"""A case's tables as the JSON files of a bundle, row by row, so that memory stays bounded."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from trailtui.case.coverage import hours, problems, summarize_coverage
from trailtui.case.coverage_rows import (
    COLUMNS,
    LEAD_COLUMNS,
    gap_rows,
    hour_rows,
    lead_rows,
)
from trailtui.case.covered import read_coverage
from trailtui.case.events import by_ids
from trailtui.case.evidence import Evidence, RecordReader, all_evidence, origins_of
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.case.leads import find_leads
from trailtui.case.marks import judged_entities, notes, pins
from trailtui.model.record import Flags, row_time_ms, unpack_event_id
from trailtui.model.redact import redact, redact_text
from trailtui.model.times import format_utc
from trailtui.report.layout import evidence_name
from trailtui.report.records import Withheld, exported_record

_BATCH = 64 << 10
_LOG_PAGE = 500

_EVENT_ROWS = """
SELECT e.id, e.millis, e.event_id, e.flags, e.evidence, e.offset, e.length,
       (SELECT text FROM strings WHERE id = e.account),
       (SELECT text FROM strings WHERE id = e.principal),
       (SELECT text FROM strings WHERE id = e.credential),
       EXISTS (SELECT 1 FROM pins p WHERE p.event = e.id),
       (SELECT group_concat(tag, char(31)) FROM tags t WHERE t.event = e.id),
       (SELECT group_concat('d' || detection) FROM detection_events d WHERE d.event = e.id)
FROM event_rows e
"""
_MARKS = {
    int(Flags.NO_TIME): "no-time",
    int(Flags.NO_EVENT_ID): "no-event-id",
    int(Flags.CONFLICT): "conflict",
    int(Flags.ODD): "odd",
}
_IN_STRING = int(Flags.IN_STRING)  # an int: flags are asked for every event


def batched(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines joined to parts of some size: fewer and larger writes."""
    waiting: list[bytes] = []
    held = 0
    for line in lines:
        waiting.append(line)
        held += len(line)
        if held >= _BATCH:
            yield b"".join(waiting)
            waiting, held = [], 0
    yield b"".join(waiting)


def document(value: object) -> Iterator[bytes]:
    """A JSON document, for reading by eye too."""
    yield json.dumps(value, indent=1).encode() + b"\n"


def json_line(value: object) -> bytes:
    """One line of a JSON lines file."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


class EvidenceNames:
    """The bundle's file for each piece of evidence; the last one asked for is at hand."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._last = (0, "")

    def __call__(self, number: int) -> str:
        """The file's name in the bundle."""
        if self._last[0] != number:
            origin = self._case.connection.execute(
                "SELECT origin FROM evidence WHERE id = ?", [number]
            ).fetchone()[0]
            self._last = (number, evidence_name(number, origin))
        return self._last[1]


def place(name: str, evidence: int, offset: int, length: int, flags: int) -> dict[str, object]:
    """Where a record lies: the file in the bundle, and the range in the file's content."""
    return {
        "evidence": evidence,
        "file": name,
        "offset": offset,
        "length": length,
        "in_string": bool(flags & _IN_STRING),
    }


def event_lines(case: Case) -> Iterator[bytes]:
    """Every event with its record, in the order of the evidence, so each file is read once."""
    rows = case.connection.execute(f"{_EVENT_ROWS} ORDER BY e.evidence, e.offset, e.id")
    return _event_lines(case, rows)


def pinned_lines(case: Case) -> Iterator[bytes]:
    """The pinned events in time order, each with why it was pinned."""
    reader = RecordReader(case)
    names = EvidenceNames(case)
    for pin in pins(case):
        row = case.connection.execute(f"{_EVENT_ROWS} WHERE e.id = ?", [pin.event.id]).fetchone()
        why = {"step": pin.step, "reason": pin.reason, "pinned_at": format_utc(pin.at_ms)}
        yield _event_line(row, reader, names, why)


def _event_lines(case: Case, rows: sqlite3.Cursor) -> Iterator[bytes]:
    reader = RecordReader(case)
    names = EvidenceNames(case)
    for row in rows:
        yield _event_line(row, reader, names, {})


def _event_line(
    row: tuple[
        int, int, bytes | str, int, int, int, int, str, str, str, int, str | None, str | None
    ],
    reader: RecordReader,
    names: EvidenceNames,
    more: Mapping[str, object],
) -> bytes:
    id_, millis, event_id, flags, evidence, offset, length, account, principal = row[:9]
    credential, pinned, tags, found = row[9:]
    time_ms = row_time_ms(id_, millis, flags)
    head: dict[str, object] = {
        "row": id_,
        "eventID": unpack_event_id(event_id),
        "eventTime": None if time_ms is None else format_utc(time_ms),
        "account": account or None,
        "principal": principal,
        "credential": credential,
        "place": place(names(evidence), evidence, offset, length, flags),
        "marks": [name for flag, name in _MARKS.items() if flags & flag],
        "tags": tags.split("\x1f") if tags else [],
        "pinned": bool(pinned),
        "findings": found.split(",") if found else [],
        **more,
    }
    raw = reader.read(evidence, offset, length, in_string=bool(flags & _IN_STRING))
    try:
        record = exported_record(raw)
    except Withheld as reason:
        head["withheld"] = str(reason)
        record = b"null"
    return json.dumps(head, separators=(",", ":")).encode()[:-1] + b',"record":' + record + b"}\n"


def sighting_lines(case: Case) -> Iterator[bytes]:
    """Every further place at which an event was seen, in the order of the evidence."""
    names = EvidenceNames(case)
    rows = case.connection.execute(
        "SELECT s.event, e.event_id, s.evidence, s.offset, s.length, s.flags FROM sightings s "
        "JOIN event_rows e ON e.id = s.event ORDER BY s.evidence, s.offset, s.event"
    )
    for event, event_id, evidence, offset, length, flags in rows:
        where = place(names(evidence), evidence, offset, length, flags)
        yield json_line({"row": event, "eventID": unpack_event_id(event_id), "place": where})


def evidence_lines(case: Case) -> Iterator[bytes]:
    """What is known of each piece of evidence, and the file that holds its bytes."""
    for evidence in all_evidence(case):
        yield json_line(evidence_entry(case, evidence))


def evidence_entry(case: Case, evidence: Evidence) -> dict[str, object]:
    """One line of evidence.jsonl."""
    return {
        "evidence": evidence.id,
        "file": evidence_name(evidence.id, evidence.origin),
        "origins": origins_of(case, evidence.id) or [evidence.origin],
        "sha256": evidence.sha256,
        "size": evidence.size,
        "content_size": evidence.content_size,
        "kind": evidence.kind,
        "packing": evidence.packing,
        "records": evidence.records,
        "problems": evidence.problems,
        "acquired_at": format_utc(evidence.acquired_ms),
        "acquired_by": evidence.acquired_by,
    }


def log_lines(case: Case) -> Iterator[bytes]:
    """The action log, as it is hashed."""
    after = 0
    while page := entries(case, after=after, limit=_LOG_PAGE):
        for entry in page:
            yield json_line(entry.as_json())
        after = page[-1].seq


def problem_lines(case: Case) -> Iterator[bytes]:
    """What could not be read."""
    for problem in problems(case):
        line = asdict(problem)
        line["at"] = format_utc(line.pop("at_ms"))
        yield json_line(line)


def coverage_document(case: Case) -> dict[str, object]:
    """What was read, in numbers; events by the hour; what each source was asked and answered; what
    nobody saw, what was not logged, and leads of tampering."""
    summary = asdict(summarize_coverage(case))
    for name in ("first", "last"):
        at_ms = summary.pop(f"{name}_ms")
        summary[name] = None if at_ms is None else format_utc(at_ms)
    asked = case.connection.execute(
        "SELECT account, region, source, since_ms, until_ms, state, records, detail, question "
        "FROM fetches ORDER BY account, region, source, since_ms"
    )
    coverage = read_coverage(case)
    return {
        "summary": summary,
        "window": [format_utc(coverage.since_ms), format_utc(coverage.until_ms)]
        if coverage is not None
        else None,
        "hours": [[h.account, h.region, format_utc(h.hour_ms), h.events] for h in hours(case)],
        "sources_asked": [
            [account, region, source, format_utc(since_ms), format_utc(until_ms), *rest]
            for account, region, source, since_ms, until_ms, *rest in asked
        ],
        "covered": _dicts(COLUMNS, hour_rows(coverage) if coverage is not None else ()),
        "gaps": _dicts(COLUMNS, gap_rows(coverage) if coverage is not None else ()),
        "leads": _dicts(LEAD_COLUMNS, lead_rows(find_leads(case))),
    }


def _dicts(
    columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> list[dict[str, object]]:  # fmt: skip
    """Rows with their columns' names; secrets in what a source said are replaced."""
    return [
        {
            name: redact_text(value) if isinstance(value, str) else value
            for name, value in zip(columns, row, strict=True)
        }
        for row in rows
    ]


def note_rows(case: Case) -> list[dict[str, object]]:
    """The notes, each with the event that it belongs to."""
    written = notes(case)
    ids = {row.id: row.event_id for row in by_ids(case, [n.event for n in written if n.event])}
    return [
        {
            "note": note.id,
            "at": format_utc(note.at_ms),
            "author": note.author,
            "step": note.step,
            "row": note.event,
            "eventID": ids.get(note.event) if note.event else None,
            "text": redact_text(note.text),
        }
        for note in written
    ]


def tag_rows(case: Case) -> list[dict[str, object]]:
    """The tags of events, in time order of the events."""
    rows = case.connection.execute(
        "SELECT t.event, e.event_id, t.tag, t.at_ms FROM tags t "
        "JOIN event_rows e ON e.id = t.event ORDER BY t.event, t.tag"
    )
    return [
        {"row": event, "eventID": unpack_event_id(event_id), "tag": tag, "at": format_utc(at_ms)}
        for event, event_id, tag, at_ms in rows
    ]


def entity_rows(case: Case) -> list[dict[str, object]]:
    """What the alert named and the responder judged."""
    return [
        {
            "kind": judged.entity.kind,
            "value": judged.entity.value,
            "verdict": judged.verdict,
            "reason": judged.reason,
            "at": format_utc(judged.at_ms),
        }
        for judged in judged_entities(case)
    ]


def step_rows(case: Case) -> list[dict[str, object]]:
    """Where each playbook's steps stand, with what they found."""
    rows = case.connection.execute(
        "SELECT r.id, r.playbook, r.version, r.sha256, s.step, s.state, s.decision, s.reason, "
        "s.result, s.at_ms FROM step_states s JOIN playbook_runs r ON r.id = s.run "
        "ORDER BY s.run, s.at_ms, s.step"
    )
    return [
        {
            "run": run,
            "playbook": playbook,
            "version": version,
            "playbook_sha256": sha256,
            "step": step,
            "state": state,
            "decision": decision,
            "reason": reason,
            "result": redact(json.loads(result)) if result else None,
            "at": format_utc(at_ms),
        }
        for run, playbook, version, sha256, step, state, decision, reason, result, at_ms in rows
    ]


def action_rows(case: Case) -> list[dict[str, object]]:
    """The containment actions with plan and outcome."""
    rows = case.connection.execute(
        "SELECT id, plan_hash, action, target, account, state, undo_of, planned_ms, changed_ms, "
        "plan, outcome FROM actions ORDER BY id"
    )
    return [
        {
            "action": id_,
            "plan_hash": plan_hash,
            "name": action,
            "target": target,
            "account": account,
            "state": state,
            "undo_of": undo_of,
            "planned_at": format_utc(planned_ms),
            "changed_at": format_utc(changed_ms),
            "plan": redact(json.loads(plan)),
            "outcome": redact(json.loads(outcome)),
        }
        for id_, plan_hash, action, target, account, state, undo_of, planned_ms, changed_ms, plan,
        outcome in rows
    ]  # fmt: skip


def playbook_texts(case: Case) -> list[tuple[int, str]]:
    """Each playbook as it was run, newest first, with the number of its run."""
    rows = case.connection.execute("SELECT id, text FROM playbook_runs ORDER BY id DESC")
    return [(row[0], row[1]) for row in rows]
