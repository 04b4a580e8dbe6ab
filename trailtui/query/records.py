"""Values out of records: a path through the JSON, without decoding what is not asked for.

A path is a tuple of steps: `("field", name)` is a struct's field (any spelling of the case, as
in Athena's and Lake's tables), `("key", name)` a key of a map or of JSON (exact), `("at", n)` the
n-th member of a list, from 0, negative from the end.

Objects and lists come out without blanks, as the engines of AWS write them; the record as a whole
(eventJson) as it stands. Numbers and truth values come out as they are written in the record, so
nothing is rounded.
Secrets (session tokens and the like, see model.redact) come out as their length and hash.
"""

import json
from bisect import bisect_left
from enum import StrEnum
from functools import lru_cache
from typing import Literal, cast

import msgspec

from trailtui.case.evidence import RecordReader
from trailtui.case.object_calls import ObjectCalls
from trailtui.model.record import Flags
from trailtui.model.redact import SECRET_KEYS, redact, redact_text
from trailtui.query.places import places_of
from trailtui.query.top_fields import TopFields, may_be_spelled_otherwise

Step = tuple[Literal["field", "key"], str] | tuple[Literal["at"], int]
Path = tuple[Step, ...]


class Form(StrEnum):
    """How a value at the end of a path is given."""

    TEXT = "text"
    """Texts as they are, everything else as its JSON; null is NULL."""
    SCALAR = "scalar"
    """The same, but objects and lists are NULL (json_extract_scalar)."""
    JSON = "json"
    """The JSON as it stands; null is NULL (whole columns)."""
    VALUE = "value"
    """The JSON as it stands; null is JSON's null (json_extract)."""


FORMS = {str(form): form for form in Form}
"""By their names: quicker than to make one of its name for each value."""

_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_text = msgspec.json.Decoder(str).decode
_REFUSED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_IN_STRING = int(Flags.IN_STRING)
_KEPT_RECORDS = 64
_KEPT_ACTORS = 20_000


@lru_cache(maxsize=512)
def path_of(text: str) -> Path:
    """A path from its JSON, as the compiler writes it."""
    return tuple((step[0], step[1]) for step in json.loads(text))


def path_text(path: Path) -> str:
    """A path as JSON, to be handed through SQL."""
    return json.dumps(path)


def walk(raw: bytes, path: Path) -> bytes | None:
    """The JSON at the end of a path; None where there is nothing."""
    for step in path:
        found = _member(raw, step[1]) if step[0] == "at" else _entry(raw, step)
        if found is None:
            return None
        raw = found
    return raw


def present(raw: bytes | None, form: Form, path: Path = ()) -> str | None:
    """A JSON value as SQL sees it, in one of the forms; secrets are replaced."""
    if raw is None:
        return None
    first = raw[:1]
    if first == b"n" and form is not Form.VALUE:
        return None
    if first == b'"' and form in (Form.TEXT, Form.SCALAR):
        return _without_secret(_text(raw), path)
    if first in (b"{", b"["):
        if form is Form.SCALAR:
            return None
        compact = _without_blanks(raw) if path or form is not Form.JSON else raw
        return redact_text(compact.decode("utf-8", "backslashreplace"))
    return raw.decode("utf-8", "backslashreplace")


def _without_blanks(raw: bytes) -> bytes:
    """JSON as the engines of AWS write it; as it stands where it holds what msgspec refuses."""
    try:
        return msgspec.json.format(raw, indent=-1)
    except _REFUSED:  # half of a surrogate pair
        return raw


def extract_from_text(text: str | None, path: Path, form: Form) -> str | None:
    """A value out of a JSON text; NULL where the text is no JSON."""
    if text is None:
        return None
    raw = text.encode("utf-8", "surrogatepass").strip(b" \t\r\n")
    try:
        msgspec.json.decode(raw, type=msgspec.Raw)
    except _REFUSED:
        return None
    return present(walk(raw, path), form, path)


class Records:
    """The records of one case, for the functions that SQLite calls. Belongs to one thread."""

    def __init__(self, reader: RecordReader) -> None:
        self._reader = reader
        self._connection = reader.case.connection
        self.objects = ObjectCalls(reader.case)
        self._at, self._content = -1, b""
        """The evidence that was read last, and its content as far as it is unpacked."""
        self._searched, self._escapes = -1, True
        self._found: dict[str, list[int]] = {}
        """Where texts stand in the evidence that they were looked for in last."""
        self._records: dict[tuple[int, int], bytes] = {}
        self._quick = TopFields()
        self._fields: dict[tuple[int, int], msgspec.Struct] = {}
        self._identities: dict[int, bytes | None] = {}
        self._presented: dict[tuple[int, Path, Form], str | None] = {}
        self.read = 0
        """How many records were read; --explain and tests tell by it what a query costs."""

    def stored(self, number: int | None) -> str | None:
        """A text of the table `strings` by its number."""
        if not number:
            return None
        found = self._connection.execute("SELECT text FROM strings WHERE id = ?", [number])
        return found.fetchone()[0]

    def record(self, evidence: int, offset: int, length: int, flags: int) -> bytes:
        """The record at a place, as it was acquired."""
        end = offset + length
        if evidence == self._at and end <= len(self._content) and not flags & _IN_STRING:
            return self._content[offset:end]
        key = (evidence, offset)
        raw = self._records.get(key)
        if raw is None:
            raw = self._reader.read(evidence, offset, length, in_string=flags & _IN_STRING != 0)
            self.read += 1
            if len(self._records) >= _KEPT_RECORDS:
                self._records.clear()
            self._records[key] = raw
            self._content = self._reader.content(evidence, end) or b""
            self._at = evidence
        return raw

    def holds(self, evidence: int, offset: int, length: int, flags: int, text: str) -> int:
        """Whether the bytes of a record may hold a text of plain characters.

        1 where that can't be told from the bytes: escaped letters, a record within a string.
        """
        if flags & _IN_STRING:
            return 1
        if evidence != self._searched:
            self._search_in(evidence)
        places = self._found.get(text)
        if places is None:
            places = self._found[text] = places_of(text.encode(), self._content)
        if self._escapes:
            raw = self.record(evidence, offset, length, flags)
            return int(text.encode() in raw or b"\\u" in raw)
        at = bisect_left(places, offset)
        return int(at < len(places) and places[at] < offset + length)

    def _search_in(self, evidence: int) -> None:
        """Take up another piece of evidence to look for texts in."""
        self._searched, self._found = evidence, {}
        whole = self._reader.whole(evidence)
        self._escapes = whole is None or (b"\\" in whole and b"\\u" in whole)
        if whole is not None:
            self._at, self._content = evidence, whole

    def expect(self, evidence: int, end: int) -> None:
        """Tell that a record that ends there will be read."""
        self._reader.expect(evidence, end)

    def value(
        self, evidence: int | None, offset: int, length: int, flags: int, path: Path, form: Form
    ) -> str | None:
        """What stands at a path of a record; NULL for the NULL row of an outer join."""
        if evidence is None:
            return None
        if not path:
            return present(self.record(evidence, offset, length, flags).strip(), form)
        top = self._top(evidence, offset, length, flags, path[0])
        if top is None:
            return None
        return present(walk(top, path[1:]) if len(path) > 1 else top, form, path)

    def _top(self, evidence: int, offset: int, length: int, flags: int, step: Step) -> bytes | None:
        """A top-level field of a record, as it stands."""
        name = cast("str", step[1])
        attribute = self._quick.attribute(name)
        key = (evidence, offset)
        fields = self._fields.get(key)
        found = None if fields is None else getattr(fields, attribute, None)
        if found is None:  # another record, or its fields without this one
            raw = self.record(evidence, offset, length, flags)
            fields = self._quick.decoded(raw)
            if fields is None or step[0] != "field":
                return _entry(raw, step)
            if len(self._fields) >= _KEPT_RECORDS:
                self._fields.clear()
            self._fields[key] = fields
            found = getattr(fields, attribute)
        if found:
            return bytes(found)
        raw = self.record(evidence, offset, length, flags)
        return _entry(raw, step) if may_be_spelled_otherwise(raw, name) else None

    def identity_value(
        self,
        actor: int | None,
        evidence: int,
        offset: int,
        length: int,
        flags: int,
        path: Path,
        form: Form,
    ) -> str | None:
        """What stands at a path of a record's userIdentity.

        Records with the same actor have the same userIdentity, byte for byte, so one record is
        read for each actor, however many events it has.
        """
        if actor is None:
            return self.value(evidence, offset, length, flags, path, form)
        key = (actor, path, form)
        if key in self._presented:
            return self._presented[key]
        if actor not in self._identities:
            if len(self._identities) >= _KEPT_ACTORS:
                self._identities.clear()
                self._presented.clear()
            fields = _object(self.record(evidence, offset, length, flags)) or {}
            self._identities[actor] = _named(fields, path[0])
        identity = self._identities[actor]
        found = present(walk(identity, path[1:]) if identity is not None else None, form, path)
        self._presented[key] = found
        return found


def _object(raw: bytes) -> dict[str, msgspec.Raw] | None:
    """A JSON object's entries, undecoded; the last one wins where a key is repeated."""
    if raw.lstrip()[:1] != b"{":
        return None
    try:
        return _decode_object(raw)
    except _REFUSED:
        return _decoded_slowly(raw)


def _decoded_slowly(raw: bytes) -> dict[str, msgspec.Raw] | None:
    """For what msgspec refuses and json takes, such as lone surrogates in a key or value."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    entries = cast("dict[str, object]", value)
    return {key: msgspec.Raw(json.dumps(item).encode()) for key, item in entries.items()}


def _named(fields: dict[str, msgspec.Raw], step: Step) -> bytes | None:
    name = cast("str", step[1])
    found = fields.get(name)
    if found is None and step[0] == "field":
        lower = name.lower()
        found = next((value for key, value in fields.items() if key.lower() == lower), None)
    return None if found is None else bytes(found)


def _entry(raw: bytes, step: Step) -> bytes | None:
    fields = _object(raw)
    return None if fields is None else _named(fields, step)


def _member(raw: bytes, position: int) -> bytes | None:
    if raw[:1] == b"{":  # in a JSON path a number may be a key
        return _entry(raw, ("key", str(position)))
    if raw[:1] != b"[":
        return None
    try:
        members = _decode_list(raw)
    except _REFUSED:
        return None
    if -len(members) <= position < len(members):
        return bytes(members[position])
    return None


def _text(quoted: bytes) -> str:
    """A JSON string's text, as SQLite can hold it; written as the case writes odd characters."""
    try:
        return _decode_text(quoted)
    except _REFUSED:
        text = str(json.loads(quoted.decode("utf-8", "backslashreplace")))
        return text.encode("utf-8", "backslashreplace").decode()


def _without_secret(text: str, path: Path) -> str:
    name = path[-1][1] if path else ""
    if isinstance(name, str) and name.lower() in SECRET_KEYS:
        return cast("dict[str, str]", redact({name: text}))[name]
    return redact_text(text)
