"""What the responder adds to the evidence: notes, tags, pins, judgements. Each is logged."""

from dataclasses import dataclass

from trailtui.case.events import EventRow, by_ids, find
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError
from trailtui.model.times import now_ms

VERDICTS = ("given", "indicator", "cleared")


@dataclass(frozen=True, slots=True)
class Note:
    """A note, to the case or to one of its events."""

    id: int
    at_ms: int
    author: str
    step: str | None
    event: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Pin:
    """An event kept as evidence, and why."""

    event: EventRow
    step: str | None
    reason: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class JudgedEntity:
    """An entity that the alert named or the responder judged."""

    entity: Entity
    verdict: str
    reason: str
    at_ms: int


def add_note(case: Case, text: str, *, step: str | None = None, event: int | None = None) -> Note:
    """Write a note; raises InputError for an empty one."""
    if not text.strip():
        raise InputError("the note is empty")
    at_ms = now_ms()
    author = case.responder.name
    with case.writing() as connection:
        row = connection.execute(
            "INSERT INTO notes (at_ms, author, step, event, text) VALUES (?, ?, ?, ?, ?) "
            "RETURNING id",
            [at_ms, author, step, event, text],
        ).fetchone()
        append(case, "note", {"note": row[0], "step": step, "event": event, "text": text})
    return Note(row[0], at_ms, author, step, event, text)


def notes(case: Case, *, step: str | None = None) -> list[Note]:
    """All notes in order, or those of one step."""
    condition, parameters = ("1", []) if step is None else ("step = ?", [step])
    rows = case.connection.execute(
        f"SELECT id, at_ms, author, step, event, text FROM notes WHERE {condition} ORDER BY id",  # noqa: S608
        parameters,
    )
    return [Note(*row) for row in rows]


def tag_event(case: Case, event: EventRow, tag: str) -> None:
    """Tag an event; a tag it has already changes nothing."""
    word = tag.strip()
    if not word or "\x1f" in word:
        raise InputError(f"{tag!r} is no tag", cure="Use a word, such as `initial-access`.")
    with case.writing() as connection:
        added = connection.execute(
            "INSERT INTO tags (event, tag, at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [event.id, word, now_ms()],
        ).rowcount
        if added:
            append(case, "tag", {"event": event.event_id, "row": event.id, "tag": word})


def untag_event(case: Case, event: EventRow, tag: str) -> None:
    """Take a tag away; that, too, is logged."""
    with case.writing() as connection:
        removed = connection.execute(
            "DELETE FROM tags WHERE event = ? AND tag = ?", [event.id, tag.strip()]
        ).rowcount
        if removed:
            what = {"event": event.event_id, "row": event.id, "tag": tag.strip(), "removed": True}
            append(case, "tag", what)


def pin_event(case: Case, event: EventRow, *, step: str | None = None, reason: str = "") -> None:
    """Keep an event as evidence; pinning it again changes its step and reason."""
    with case.writing() as connection:
        connection.execute(
            "INSERT INTO pins (event, step, reason, at_ms) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (event) DO UPDATE SET step = coalesce(excluded.step, step), "
            "reason = CASE excluded.reason WHEN '' THEN reason ELSE excluded.reason END",
            [event.id, step, reason, now_ms()],
        )
        what = {"event": event.event_id, "row": event.id, "step": step, "reason": reason}
        append(case, "pin", what)


def unpin_event(case: Case, event: EventRow) -> None:
    """Take a pin away; that, too, is logged."""
    with case.writing() as connection:
        removed = connection.execute("DELETE FROM pins WHERE event = ?", [event.id]).rowcount
        if removed:
            append(case, "pin", {"event": event.event_id, "row": event.id, "removed": True})


def pins(case: Case, *, step: str | None = None) -> list[Pin]:
    """Pinned events in time order, or those of one step."""
    condition, parameters = ("1", []) if step is None else ("step = ?", [step])
    rows = case.connection.execute(
        f"SELECT event, step, reason, at_ms FROM pins WHERE {condition}",  # noqa: S608
        parameters,
    ).fetchall()
    events = {event.id: event for event in by_ids(case, [row[0] for row in rows])}
    return [Pin(events[row[0]], row[1], row[2], row[3]) for row in sorted(rows)]


def judge_entity(case: Case, entity: Entity, verdict: str, reason: str = "") -> None:
    """Say that an entity was given by the alert, is malicious (indicator), or is cleared."""
    if verdict not in VERDICTS:
        raise InputError(f"{verdict!r} is no verdict", cure=f"Use {', '.join(VERDICTS)}.")
    with case.writing() as connection:
        connection.execute(
            "INSERT INTO entities (kind, value, verdict, reason, at_ms) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (kind, value) DO UPDATE SET verdict = excluded.verdict, "
            "reason = excluded.reason, at_ms = excluded.at_ms",
            [entity.kind, entity.value, verdict, reason, now_ms()],
        )
        what = {"kind": entity.kind, "value": entity.value, "verdict": verdict, "reason": reason}
        append(case, "entity", what)


def judged_entities(case: Case, *, verdict: str | None = None) -> list[JudgedEntity]:
    """Entities with a verdict, in the order they were judged."""
    condition, parameters = ("1", []) if verdict is None else ("verdict = ?", [verdict])
    rows = case.connection.execute(
        "SELECT kind, value, verdict, reason, at_ms FROM entities "  # noqa: S608
        f"WHERE {condition} ORDER BY at_ms, kind, value",
        parameters,
    )
    return [JudgedEntity(Entity(row[0], row[1]), row[2], row[3], row[4]) for row in rows]


def the_event(case: Case, event_id: str) -> EventRow:
    """The one event a user means by an event id, or by `#ROW` where ids are shared.

    Raises InputError where there is none, or more than one.
    """
    if event_id.startswith("#") and event_id[1:].isdigit():
        found = by_ids(case, [int(event_id[1:])])
    else:
        found = find(case, event_id)
    if not found:
        raise InputError(
            f"there is no event {event_id} in this case",
            cure="`trailtui timeline CASE --format jsonl` shows event ids.",
        )
    if len(found) > 1:
        rows = ", ".join(f"#{event.id}" for event in found)
        raise InputError(
            f"{len(found)} events share the id {event_id}", cure=f"Name one by its row: {rows}."
        )
    return found[0]
