"""The answers of AWS's query engines: where in them the records stand, and which rows hold none.

CloudWatch Logs Insights gives a record as the value of `@message`, CloudTrail Lake as the value of
`eventJson`: a JSON string inside JSON, exactly what CloudTrail wrote. Athena gives columns, out of
which a record has to be made first; its answer is known by its shape and read elsewhere.

Shapes by the service models of `logs`, `cloudtrail` (both GetQueryResults) and `athena`.
"""

from dataclasses import dataclass, field

import msgspec

_decode_rows = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_cell = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_text = msgspec.json.Decoder(str).decode

_LAKE_COLUMN = "eventjson"
_INSIGHTS_FIELD = "@message"


@dataclass(slots=True)
class Rows:
    """What the rows of an answer hold. Positions count from the beginning of the list of rows."""

    quoted: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    """Where the JSON string of a record stands, and the string with its quotes."""
    defects: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])
    """Position, length and reason of each row without a record."""


def find_rows(rows: bytes) -> Rows:
    """The records in the list of rows of an answer: `results`, or `QueryResultRows`.

    Raises what msgspec raises where the list is no JSON.
    """
    found = Rows()
    position = 0
    for row in _decode_rows(rows):
        raw = bytes(row)
        position = rows.find(raw, position)
        _read_row(found, position, raw)
        position += len(raw)
    return found


def _read_row(found: Rows, offset: int, row: bytes) -> None:
    try:
        cells = _decode_rows(row)
        before = len(found.quoted)
        position = 0
        for cell in cells:
            raw = bytes(cell)
            position = row.find(raw, position)
            _read_cell(found, offset + position, raw)
            position += len(raw)
    except msgspec.MsgspecError:
        found.defects.append((offset, len(row), "a row of another shape than an answer has"))
        return
    if len(found.quoted) == before:
        reason = "a row without the record (neither @message nor eventJson)"
        found.defects.append((offset, len(row), reason))


def _read_cell(found: Rows, offset: int, cell: bytes) -> None:
    """`{"field": "@message", "value": "..."}`, or `{"eventJson": "..."}`."""
    members = _decode_cell(cell)
    position = 0
    if "field" in members and _text(members["field"]) == _INSIGHTS_FIELD:
        names = ["value"]
    else:
        names = [name for name in members if name.lower() == _LAKE_COLUMN]
    for name in names:
        if cell.count(f'"{name}"'.encode()) > 1:
            raise msgspec.DecodeError("a key stands twice")
        quoted = bytes(members.get(name, b""))
        if quoted[:1] == b'"':
            position = cell.find(quoted, position)
            found.quoted.append((offset + position, quoted))
            position += len(quoted)


def _text(value: msgspec.Raw) -> str:
    try:
        return _decode_text(value)
    except msgspec.MsgspecError:
        return ""


class _Column(msgspec.Struct):
    VarCharValue: str | None = None


class _AthenaRow(msgspec.Struct):
    Data: list[_Column]


class _ResultSet(msgspec.Struct, forbid_unknown_fields=True):
    Rows: list[_AthenaRow]
    ResultSetMetadata: msgspec.Raw = msgspec.Raw(b"")
    ResultRows: msgspec.Raw = msgspec.Raw(b"")
    ColumnInfos: msgspec.Raw = msgspec.Raw(b"")


_decode_result_set = msgspec.json.Decoder(_ResultSet).decode


def is_athena_page(result_set: bytes) -> bool:
    """Whether the value of `ResultSet` is a page of Athena's rows and nothing else."""
    try:
        _decode_result_set(result_set)
    except msgspec.MsgspecError:
        return False
    return True
