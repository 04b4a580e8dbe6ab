"""Pieces of SQLite's SQL that carry their own parameters.

Values never stand in the text: every literal and parameter is bound, in the order in which the
marks stand in the text, so pieces can be put together without counting.
"""

from collections.abc import Iterable
from dataclasses import dataclass

Bindable = str | int | float | bytes | None


@dataclass(frozen=True, slots=True)
class Sql:
    """Text with `?` marks, and what is bound to them in order."""

    text: str
    parameters: tuple[Bindable, ...] = ()


def bound(value: Bindable) -> Sql:
    """One value as a mark."""
    return Sql("?", (value,))


def sql(template: str, *parts: Sql) -> Sql:
    """`template` with each `{}` replaced by the next part."""
    return Sql(
        template.format(*(part.text for part in parts)),
        tuple(value for part in parts for value in part.parameters),
    )


def joined(separator: str, parts: Iterable[Sql]) -> Sql:
    """The parts with a separator between them."""
    every = list(parts)
    return Sql(
        separator.join(part.text for part in every),
        tuple(value for part in every for value in part.parameters),
    )


NULL = Sql("NULL")
TRUE = Sql("1")
FALSE = Sql("0")
