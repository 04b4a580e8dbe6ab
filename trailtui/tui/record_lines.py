"""An event in full, as lines: what it says, where its bytes are, the record itself."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import cast

from trailtui.case.events import EventRow, by_ids, places_of, record_of
from trailtui.case.evidence import evidence_of
from trailtui.case.file import Case
from trailtui.case.marks import Note, notes, pins
from trailtui.detect.enrich.beside import ON_A_LIST, RISKY, known_of_event
from trailtui.detect.enrich.enrichment import open_enrichment
from trailtui.model.entity import Entity, guess_entity
from trailtui.model.errors import InputError
from trailtui.model.record import NotARecord, decode_record
from trailtui.model.redact import redact, redact_text
from trailtui.model.text import safe
from trailtui.tui.filter_line import sql_text
from trailtui.tui.showing import CUT, labelled_time

FOLD_BEYOND = 24
"""Objects with more lines than this begin folded."""
MOST_LINES, FOLDED_LINES = 12, 4
"""Lines of one value from which on it is folded, and how many are shown then."""
LONGEST_VALUE = 20_000
"""Characters of one value that are shown; the rest is counted."""


@dataclass(frozen=True, slots=True)
class PlaceOfBytes:
    """One place where an event was seen."""

    evidence: int
    offset: int
    length: int
    origin: str
    sha256: str

    @property
    def reference(self) -> str:
        """The place in one line."""
        return f"evidence {self.evidence} offset {self.offset} length {self.length}"


@dataclass(frozen=True, slots=True)
class EventDetail:
    """All that the case knows of one event."""

    row: EventRow
    record: object
    """The record with its secrets replaced; text where it is no JSON."""
    places: tuple[PlaceOfBytes, ...]
    notes: tuple[Note, ...]
    pin_reason: str
    known: tuple[tuple[str, str], ...] = ()
    """What its call means, and what is known of its address."""

    @property
    def reference(self) -> str:
        """What names this event and its bytes to somebody else."""
        place = self.places[0]
        return (
            f"event {self.row.event_id} (row #{self.row.id}) {place.reference} "
            f"sha256 {place.sha256} {place.origin}"
        )


def read_event(case: Case, row: EventRow) -> EventDetail:
    """Read everything about an event; runs in a lane."""
    row = next(iter(by_ids(case, [row.id])), row)
    raw = record_of(case, row)
    try:
        record: object = redact(decode_record(raw))
    except NotARecord:
        record = redact_text(raw.decode("utf-8", "replace"))
    places: list[PlaceOfBytes] = []
    for evidence, offset, length in places_of(case, row):
        file = evidence_of(case, evidence)
        places.append(PlaceOfBytes(evidence, offset, length, file.origin, file.sha256))
    of_event = tuple(note for note in notes(case) if note.event == row.id)
    reason = next((pin.reason for pin in pins(case) if pin.event.id == row.id), "")
    known = known_of_event(row, open_enrichment(case))
    return EventDetail(row, record, tuple(places), of_event, reason, known)


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One line of the detail."""

    field: str
    value: str
    style: str = ""
    entity: Entity | None = None
    """What `x` goes to from here."""
    condition: str = ""
    """What `x` narrows the timeline by, where the value is no entity."""
    path: str = ""
    """The field's place in the record: `requestParameters.bucketName`."""
    folded: bool | None = None
    """Whether what is below is hidden; None where nothing is."""
    whole: str = ""
    """The value uncut, for copying."""
    at_ms: int | None = None
    """The time that `x` goes to from here."""


def wrapped_lines(
    lines: Iterable[RecordLine], width: int, flipped: frozenset[str] | None = None
) -> list[RecordLine]:
    """The lines for a value column of `width` cells.

    Given the folds that were changed, values of very many lines are folded: nobody can bury the
    rest of a record under one of them. None: all of each.
    """
    made: list[RecordLine] = []
    for line in lines:
        parts = _wrapped(line, max(16, width))
        made += parts if flipped is None else _folded(parts, flipped)
    return made


def _folded(parts: list[RecordLine], flipped: frozenset[str]) -> list[RecordLine]:
    """The first lines of a long value, and how many there are yet; or all, once it is unfolded."""
    first = parts[0]
    if len(parts) <= MOST_LINES or first.folded is not None:
        return parts
    path = first.path or f"value of {first.field} {first.whole[:40]}"
    is_open = path in flipped
    first = replace(first, path=path, folded=not is_open)
    if is_open:
        return [first, *parts[1:]]
    hidden = len(parts) - FOLDED_LINES
    more = f"{CUT} {hidden:,} more lines, {len(first.whole):,} characters: l unfolds"
    last = RecordLine("", more, "dim", path=path, folded=True, whole=first.whole)
    return [first, *parts[1:FOLDED_LINES], last]


def json_lines(value: object, flipped: frozenset[str]) -> Iterator[RecordLine]:
    """A JSON value; `flipped` are the paths whose folds were changed."""
    for key, item in _children(value) or [("", value)]:
        yield from _json_lines(key, item, key, 0, flipped, None)


def event_lines(
    detail: EventDetail, flipped: frozenset[str], *, local: bool
) -> Iterator[RecordLine]:
    """All that is known of an event."""
    row = detail.row
    yield from _summary(detail, local=local)
    yield RecordLine("", "")
    yield RecordLine("WHERE ITS BYTES ARE", "", "bold")
    for number, place in enumerate(detail.places, start=1):
        yield RecordLine(f"place {number}", place.reference)
        yield RecordLine("  file", place.origin)
        yield RecordLine("  sha256", place.sha256)
    if row.conflict:
        told = "another record claims the same event id with other content; both are kept"
        yield RecordLine("conflict", told, "magenta")
    yield RecordLine("", "")
    yield RecordLine("RECORD", "secrets replaced", "bold")
    inner = _children(detail.record)
    if inner is None:
        yield RecordLine("", str(detail.record))
    for key, value in inner or ():
        yield from _json_lines(key, value, key, 0, flipped, row)


def _summary(detail: EventDetail, *, local: bool) -> Iterator[RecordLine]:
    row = detail.row
    when = "no time" if row.time_ms is None else labelled_time(row.time_ms, local=local)
    yield RecordLine("time", when, "bold")
    yield RecordLine(
        "event", row.name or "(no name)", "bold", condition=_equals("eventName", row.name)
    )
    yield RecordLine("source", row.source or "", condition=_equals("eventSource", row.source))
    if row.error:
        yield RecordLine("error", row.error, "bold red", condition=_equals("errorCode", row.error))
    for label, kind, value in (
        ("principal", "principal", row.principal),
        ("credential", "credential", row.credential),
        ("address", "ip", row.ip),
        ("user agent", "agent", row.agent),
        ("account", "account", row.account),
        ("region", "region", row.region),
    ):
        if value:
            yield RecordLine(label, value, entity=Entity(kind, value))
    kinds = {True: "only reads", False: "changes something", None: "the record does not say"}
    yield RecordLine("effect", kinds[row.read_only], "" if row.read_only else "yellow")
    for label, words in detail.known:
        yield known_line(label, words)
    yield RecordLine("event id", row.event_id)
    if row.tags:
        yield RecordLine("tags", ", ".join(row.tags))
    if row.pinned:
        yield RecordLine("pinned", detail.pin_reason or "yes", "bold")
    for note in detail.notes:
        yield RecordLine("note", f"{note.text} ({note.author})")


def known_line(label: str, words: str) -> RecordLine:
    """What is known beside the record; hits of lists and risky calls stand out."""
    style = "bold red" if label == ON_A_LIST else "yellow" if words.endswith(RISKY) else ""
    return RecordLine(label, words, style)


def _equals(field: str, value: str | None) -> str:
    return f"{field} = {sql_text(value)}" if value else ""


def _json_lines(
    key: str, value: object, path: str, depth: int, flipped: frozenset[str], row: EventRow | None
) -> Iterator[RecordLine]:
    label = "  " * depth + key
    inner = _children(value)
    if inner is None:
        yield _leaf(label, key, value, path, row)
        return
    size = _count_lines(value)
    folded = (size > FOLD_BEYOND) != (path in flipped)
    shape = f"{{{len(inner)}}}" if isinstance(value, dict) else f"[{len(inner)}]"
    told = f"{shape} {size} lines folded: l unfolds" if folded else shape
    whole = json.dumps(value, ensure_ascii=False)
    yield RecordLine(label, told, "dim", path=path, folded=folded, whole=whole)
    if not folded:
        for name, item in inner:
            yield from _json_lines(name, item, f"{path}.{name}", depth + 1, flipped, row)


def _children(value: object) -> list[tuple[str, object]] | None:
    """Names and values of what a container holds; None for a plain value or an empty one."""
    if isinstance(value, dict) and value:
        return list(cast("dict[str, object]", value).items())
    if isinstance(value, list) and value:
        return [(str(at), item) for at, item in enumerate(cast("list[object]", value))]
    return None


def _count_lines(value: object) -> int:
    inner = _children(value)
    return 1 if inner is None else sum(1 + _count_lines(item) for _, item in inner)


def _leaf(label: str, key: str, value: object, path: str, row: EventRow | None) -> RecordLine:
    text = value if isinstance(value, str) else json.dumps(value)
    entity = _entity(key, text, path, row) if isinstance(value, str) and value else None
    condition = ""
    parent, _, name = path.partition(".")
    if entity is None and isinstance(value, str) and len(value) < 500:
        if not name and key in ("eventName", "eventSource", "errorCode", "eventType"):
            condition = _equals(key, value)
        elif parent == "requestParameters" and "." not in name:
            condition = _equals(f"element_at(requestParameters, {sql_text(name)})", value)
    return RecordLine(label, text, entity=entity, condition=condition, path=path, whole=text)


def _entity(key: str, value: str, path: str, row: EventRow | None) -> Entity | None:
    if row and row.principal and path in ("userIdentity.arn", "userIdentity.principalId"):
        return Entity("principal", row.principal)
    kind = {
        "accessKeyId": "credential",
        "sourceIPAddress": "ip",
        "userAgent": "agent",
        "awsRegion": "region",
        "accountId": "account",
        "recipientAccountId": "account",
    }.get(key)
    if kind:
        return Entity(kind, value)
    try:
        return guess_entity(value)
    except InputError:
        return None


_BEHIND_PICTURES = {0x2400 + code: code for code in range(0x20)} | {0x2421: 0x7F}
"""What is drawn is made safe once more, and a picture would then become six characters, too wide
for the line that was cut to its width: so the character behind it is handed on."""


def _wrapped(line: RecordLine, width: int) -> list[RecordLine]:
    """The line, and as many more as its value needs."""
    value = line.value
    if len(value) > LONGEST_VALUE:
        value = f"{value[:LONGEST_VALUE]} … {len(value) - LONGEST_VALUE:,} more characters"
    shown = safe(value)
    if len(shown) <= width and shown.isascii():
        return [line]
    parts = [part.translate(_BEHIND_PICTURES) for part in _cut(shown, width)]
    first = RecordLine(
        line.field, parts[0], line.style, line.entity, line.condition, line.path, line.folded,
        line.whole or line.value,
    )  # fmt: skip
    more = [
        RecordLine("", part, line.style, line.entity, line.condition, line.path, None, first.whole)
        for part in parts[1:]
    ]
    return [first, *more]


def _cut(text: str, width: int) -> list[str]:
    """`text` in pieces of at most `width` cells, at blanks where there are any."""
    from rich.cells import cell_len, chop_cells

    pieces = wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
    return [
        part
        for piece in pieces
        for part in (chop_cells(piece, width) if cell_len(piece) > width else [piece])
    ]
