"""Finding the records in a document: which shapes there are, and where each record's bytes lie.

Shapes met in the field: `{"Records": [...]}` (a trail's log file), a bare list, one record, JSON
lines of any of these, the output of `aws cloudtrail lookup-events` (each record a JSON string
inside JSON), EventBridge envelopes (the record is `detail`), CloudWatch Logs `logEvents`, answers
of query engines (see query_answers), and digest files, which lie in the same tree and hold no
events.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from trailtui.model.query_answers import find_rows, is_athena_page


class Piece(NamedTuple):
    """One record as it stands in the content."""

    offset: int
    length: int
    raw: bytes
    """The record's JSON; the same as content[offset:offset+length] unless `in_string`."""
    in_string: bool = False


@dataclass(frozen=True, slots=True)
class Defect:
    """A range of the content that could not be read, and why."""

    offset: int
    length: int
    reason: str


@dataclass(slots=True)
class Found:
    """What a document holds."""

    kind: str = "none"
    """records | lookup | digest | answer | none"""
    pieces: list[Piece] = field(default_factory=list[Piece])
    defects: list[Defect] = field(default_factory=list[Defect])


class _Envelope(msgspec.Struct):
    """The keys that tell the shapes of a JSON object apart."""

    Records: msgspec.Raw = msgspec.Raw(b"")
    Events: msgspec.Raw = msgspec.Raw(b"")
    CloudTrailEvent: msgspec.Raw = msgspec.Raw(b"")
    logEvents: msgspec.Raw = msgspec.Raw(b"")
    results: msgspec.Raw = msgspec.Raw(b"")
    QueryResultRows: msgspec.Raw = msgspec.Raw(b"")
    ResultSet: msgspec.Raw = msgspec.Raw(b"")
    message: msgspec.Raw = msgspec.Raw(b"")
    detail: msgspec.Raw = msgspec.Raw(b"")
    digestStartTime: msgspec.Raw = msgspec.Raw(b"")
    digestS3Bucket: msgspec.Raw = msgspec.Raw(b"")
    eventVersion: msgspec.Raw = msgspec.Raw(b"")
    userIdentity: msgspec.Raw = msgspec.Raw(b"")
    eventName: msgspec.Raw = msgspec.Raw(b"")
    eventTime: msgspec.Raw = msgspec.Raw(b"")
    eventID: msgspec.Raw = msgspec.Raw(b"")


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_REFUSED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_WRAPPED = (b'{"CloudTrailEvent"', b'{"EventId"', b'{"timestamp"')
_ROWS = re.compile(rb"\[\s*[\[\]]")
_BLANK = b" \t\r\n"

_CANDIDATE = re.compile(
    rb'\{\s*"(?:eventVersion|eventTime|eventName|eventID|eventSource|eventType|eventCategory'
    rb'|awsRegion|userIdentity|additionalEventData|apiVersion|errorCode)"\s*:'
    rb'|"(?:CloudTrailEvent|eventJson|@message"\s*,\s*"value)"\s*:\s*(?=")'
)
"""Where a record may begin in a document that is not whole."""


def find_records(content: bytes) -> Found:
    """The records of a document of any known shape, and what in it could not be read.

    Never raises: a document that is broken gives the records that are whole, and a defect for
    the rest.
    """
    found = Found()
    start = len(content) - len(content.lstrip(_BLANK))
    if start == len(content):
        found.defects.append(Defect(0, len(content), "empty"))
        return found
    try:
        _read_value(found, content, start, content[start:].rstrip(_BLANK) if start else content)
    except _REFUSED as error:
        found = _find_in_lines(content) or _recover(content, str(error))
    return found


def _read_value(found: Found, content: bytes, offset: int, value: bytes) -> None:
    """Read one whole JSON value that stands at `offset`; raises what msgspec raises."""
    if value[:1] == b"[":
        _read_list(found, content, offset, _decode_list(value))
        return
    if value[:1] != b"{":
        msgspec.json.decode(value)
        found.defects.append(Defect(offset, len(value), "a JSON value that holds no records"))
        return
    envelope = _decode_envelope(value)
    inner = bytes(envelope.Records)
    rows = _rows_of(envelope)
    lists = sum(map(bool, (inner, envelope.Events, envelope.logEvents, *rows)))
    if lists > 1 or (lists and _may_hide_a_list(value) and _key_twice(value)):
        raise msgspec.DecodeError("more than one list of records")
    if inner[:1] == b"[":
        found.kind = "records"
        _read_list(found, content, content.index(inner, offset), _decode_list(inner))
    elif bytes(envelope.Events)[:1] == b"[":
        inner = bytes(envelope.Events)
        found.kind = "lookup"
        _read_list(found, content, content.index(inner, offset), _decode_list(inner))
    elif bytes(envelope.logEvents)[:1] == b"[":
        inner = bytes(envelope.logEvents)
        _read_list(found, content, content.index(inner, offset), _decode_list(inner))
    elif rows:
        _read_rows(found, content.index(rows[0], offset), rows[0])
    elif envelope.digestStartTime and envelope.digestS3Bucket:
        found.kind = "digest"
    elif is_athena_page(bytes(envelope.ResultSet)):
        _mark(found, "answer")
    elif not _read_wrapped(found, content, offset, envelope):
        _mark(found, "records")
        known = envelope.eventName or envelope.eventTime or envelope.eventID
        if known or not _read_unknown_wrapper(found, offset, value):
            found.pieces.append(Piece(offset, len(value), value))


_LIST_KEYS = (b'"Records"', b'"Events"', b'"logEvents"', b'"results"', b'"QueryResultRows"')


def _rows_of(envelope: _Envelope) -> list[bytes]:
    """The lists of rows in a query engine's answer; each row is a list itself."""
    found = (bytes(envelope.results), bytes(envelope.QueryResultRows))
    return [rows for rows in found if _ROWS.match(rows)]


def _read_rows(found: Found, offset: int, rows: bytes) -> None:
    """The rows of an answer: each holds a record as a JSON string."""
    inside = find_rows(rows)
    _mark(found, "records" if inside.quoted or inside.defects else "answer")
    for at, quoted in inside.quoted:
        _read_quoted(found, offset + at, quoted)
    for at, length, reason in inside.defects:
        found.defects.append(Defect(offset + at, length, reason))


def _may_hide_a_list(value: bytes) -> bool:
    """Whether a list's key may stand twice, or be escaped; quick, and sure where it says no."""
    return b"\\u" in value or any(value.count(key) > 1 for key in _LIST_KEYS)


def _key_twice(value: bytes) -> bool:
    """Whether an object has a key twice; a JSON parser would keep only the last."""
    pairs: list[bool] = []

    def look(items: list[tuple[str, object]]) -> None:
        pairs.append(len({key for key, _ in items}) < len(items))

    json.loads(value, object_pairs_hook=look)
    return pairs[-1]


def _read_unknown_wrapper(found: Found, offset: int, value: bytes) -> bool:
    """Records somewhere inside an object of another shape, say `{"data": {"Records": [...]}}`."""
    inside = _recover(value, "unknown wrapper")
    if not inside.pieces:
        return False
    _take(found, offset, inside)
    reason = "a wrapper of unknown shape; the records that were found inside were taken"
    found.defects.append(Defect(offset, len(value), reason))
    return True


def _take(found: Found, offset: int, part: Found) -> None:
    """Add what was found in a part that begins at `offset`."""
    found.pieces += [Piece(offset + p.offset, p.length, p.raw, p.in_string) for p in part.pieces]
    found.defects += [Defect(offset + d.offset, d.length, d.reason) for d in part.defects]


def _read_wrapped(found: Found, content: bytes, offset: int, envelope: _Envelope) -> bool:
    """A record inside an event of another kind: as a string, or as EventBridge's detail."""
    if envelope.eventVersion or envelope.userIdentity:
        return False  # it is a record itself
    for kind, text in (("lookup", envelope.CloudTrailEvent), ("records", envelope.message)):
        quoted = bytes(text)
        if quoted[:1] == b'"':
            _mark(found, kind)
            at = content.index(quoted, offset)
            try:
                raw = msgspec.json.decode(quoted, type=str).encode()
            except _REFUSED as error:
                found.defects.append(Defect(at, len(quoted), f"unreadable string: {error}"))
            else:
                found.pieces.append(Piece(at, len(quoted), raw, in_string=True))
            return True
    detail = bytes(envelope.detail)
    if detail[:1] == b"{":
        _mark(found, "records")
        found.pieces.append(Piece(content.index(detail, offset), len(detail), detail))
        return True
    return False


def _read_list(found: Found, content: bytes, offset: int, values: list[msgspec.Raw]) -> None:
    """The members of a list; `offset` is where the list begins in the content."""
    if found.kind == "none":
        found.kind = "records"
    wrapped = found.kind == "lookup"
    position = offset
    find = content.find
    append = found.pieces.append
    for value in values:
        raw = bytes(value)
        position = find(raw, position)
        if wrapped or raw.startswith(_WRAPPED):
            _read_value(found, content, position, raw)
        elif raw[:1] == b"{":
            append(Piece(position, len(raw), raw))
        elif raw[:1] == b'"':
            _read_quoted(found, position, raw)
        else:
            reason = "not a JSON object, so no record"
            found.defects.append(Defect(position, len(raw), reason))
        position += len(raw)


def _read_quoted(found: Found, offset: int, quoted: bytes) -> None:
    """A record as a string, as in the list of `--query 'Events[].CloudTrailEvent'`."""
    try:
        raw = msgspec.json.decode(quoted, type=str).encode()
    except _REFUSED as error:
        found.defects.append(Defect(offset, len(quoted), f"unreadable string: {error}"))
    else:
        found.pieces.append(Piece(offset, len(quoted), raw, in_string=True))


def _mark(found: Found, kind: str) -> None:
    if found.kind == "none":
        found.kind = kind


def _find_in_lines(content: bytes) -> Found | None:
    """JSON lines; None where the first line is no JSON value, so it is not lines at all."""
    found = Found()
    first = True
    for offset, line in _lines(content):
        try:
            _read_value(found, content, offset, line)
        except _REFUSED as error:
            if first:
                return None
            _take(found, offset, _recover(line, str(error)))
        first = False
    return found


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    start = 0
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        line = content[start:end]
        stripped = line.strip(_BLANK)
        if stripped:
            yield start + line.index(stripped), stripped
        start = end + 1


def _recover(content: bytes, reason: str) -> Found:
    """What can be had of a document that is broken somewhere.

    Latin-1 maps bytes to characters one to one, and JSON's syntax is ASCII, so positions in the
    text are positions in the bytes.
    """
    found = Found(kind="records")
    text = content.decode("latin-1")
    scan = json.JSONDecoder().raw_decode
    position = 0
    broken_from: int | None = 0
    while candidate := _CANDIDATE.search(content, position):
        in_string = candidate[0][:1] == b'"'
        start = candidate.end() if in_string else candidate.start()
        try:
            _, end = scan(text, start)
        except (ValueError, RecursionError) as error:
            if not in_string or broken_from is None:
                broken_from = start if broken_from is None else broken_from
                reason = _describe(error)
            position = candidate.start() + 1
            continue
        if broken_from is not None and found.pieces:
            found.defects.append(Defect(broken_from, start - broken_from, f"broken: {reason}"))
        broken_from = None
        raw = content[start:end]
        if in_string:
            raw = json.loads(raw.decode("utf-8", "replace")).encode("utf-8", "surrogatepass")
        found.pieces.append(Piece(start, end - start, raw, in_string))
        position = end
    if broken_from is None:
        broken_from = position
        if _is_only_records(content, found):
            return found
    if not found.pieces:
        found.kind = "none"
        looks = "JSON" if content.lstrip(_BLANK)[:1] in (b"{", b"[") else "no JSON"
        reason = f"{looks}, and no record in it: {reason}"
    else:
        reason = f"broken document: {reason}"
    found.defects.append(Defect(broken_from, len(content) - broken_from, reason))
    return found


def _is_only_records(content: bytes, found: Found) -> bool:
    """Whether records one after the other are all there is, with nothing between but blanks."""
    position = 0
    for piece in found.pieces:
        if content[position : piece.offset].strip(_BLANK):
            return False
        position = piece.offset + piece.length
    return not content[position:].strip(_BLANK)


def _describe(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
