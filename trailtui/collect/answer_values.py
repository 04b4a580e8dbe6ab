"""The texts of an engine's answer as values of the types that the query gives.

Athena says a type for each column, Lake and Logs Insights say none: what type a column has is
known from the query itself, which the case reads the same way. Secrets in JSON are masked here, as
in every view.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from trailtui.case.query_runs import Scalar
from trailtui.model.redact import redact_text
from trailtui.query.columns import EVENTS, Kind
from trailtui.query.execute import column_names
from trailtui.query.ordering import Output

_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?: ?(UTC|Z))?")
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
_KIND_OF_TYPE: Mapping[str, Kind] = {
    "boolean": Kind.BOOLEAN, "bigint": Kind.INTEGER, "integer": Kind.INTEGER, "int": Kind.INTEGER,
    "smallint": Kind.INTEGER, "tinyint": Kind.INTEGER, "double": Kind.DOUBLE, "float": Kind.DOUBLE,
    "real": Kind.DOUBLE, "decimal": Kind.DOUBLE, "timestamp": Kind.TIME,
    "timestamp with time zone": Kind.TIME, "date": Kind.DATE,
}  # fmt: skip
"""Types as Athena names them; every other one is a text."""


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """A column of an answer."""

    name: str
    kind: Kind


def columns_for(
    outputs: Sequence[Output], told: Sequence[tuple[str, str]]
) -> tuple[AnswerColumn, ...]:
    """The columns of an answer: as the query names and types them, else as the engine does.

    `told`: name and type of each as the engine says them. Another number of columns than the query
    names (`SELECT *` of a table with columns of its own) leaves only the engine's word.
    """
    if len(outputs) == len(told):
        names = column_names(outputs)
        return tuple(
            AnswerColumn(name, _kind(output)) for name, output in zip(names, outputs, strict=True)
        )
    found: list[AnswerColumn] = []
    for name, kind in told:
        known = EVENTS.get(name.lower())
        by_type = _KIND_OF_TYPE.get(kind.partition("(")[0].lower(), Kind.TEXT)
        by_name = known.kind if known is not None and not kind else Kind.TEXT
        found.append(AnswerColumn(known.name if known else name, by_type if kind else by_name))
    return tuple(found)


def _kind(output: Output) -> Kind:
    """A time in a zone of its own stays the text that it is."""
    zone = output.column.zone if output.column is not None else ""
    return Kind.TEXT if output.kind is Kind.TIME and zone not in ("", "UTC") else output.kind


def typed(text: str | None, kind: Kind, *, empty_is_null: bool = False) -> Scalar:
    """A value from its text; the text itself where it is none of that kind.

    `empty_is_null`: the engine has no other way to say NULL (CloudTrail Lake).
    """
    if text is None or (text == "" and (empty_is_null or kind is not Kind.TEXT)):
        return None
    read = _READ.get(kind, redact_text)
    return read(text)


def _integer(text: str) -> Scalar:
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else _number(text)


def _boolean(text: str) -> Scalar:
    return _BOOLEANS.get(text.lower(), text)


def _number(text: str) -> Scalar:
    try:
        return float(text)
    except ValueError:
        return text


def _time(text: str) -> str:
    """ISO 8601 in UTC, with milliseconds where there are any."""
    found = _TIMESTAMP.fullmatch(text)
    if not found:
        return text
    fraction = (found[3] or "").rstrip("0")[:3]
    return f"{found[1]}T{found[2]}{f'.{fraction:0<3}' if fraction else ''}Z"


_READ: Mapping[Kind, Callable[[str], Scalar]] = {
    Kind.INTEGER: _integer,
    Kind.DOUBLE: _number,
    Kind.BOOLEAN: _boolean,
    Kind.TIME: _time,
    Kind.DATE: lambda text: text[:10],
}
