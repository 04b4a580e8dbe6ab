"""Trino's dialect as sqlglot reads it, less what sqlglot changes on the way for other engines.

Paths of JSON, patterns for times and positions in arrays stay as they were written, so that a
complaint can point at them and nothing is understood in another engine's way.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast

from sqlglot import exp
from sqlglot.dialects.trino import Trino

from trailtui.query.arities import ARITIES, OWN_SYNTAX

DIALECT = "cloudtrail"
"""The name that sqlglot knows it by, from this class's."""

_AS_WRITTEN = ("date_format", "date_parse", "parse_datetime", "json_query", "sequence", "shuffle")


_TRINOS = cast(
    "dict[str, Callable[..., Any]]",
    Trino.Parser.FUNCTIONS,  # pyright: ignore[reportUnknownMemberType]
)
_PARSED = cast(
    "dict[str, Callable[..., Any]]",
    Trino.Parser.FUNCTION_PARSERS,  # pyright: ignore[reportUnknownMemberType]
)


def _checked(name: str, build: Callable[..., exp.Expr]) -> Callable[..., exp.Expr]:
    """What makes a call of its arguments; one with too few or too many stays as it is written."""
    least, most = ARITIES[name]

    def made(arguments: Sequence[exp.Expr], dialect: object = None) -> exp.Expr:
        if not least <= len(arguments) <= most:
            return exp.Anonymous(this=name, expressions=list(arguments))
        return build(arguments) if dialect is None else build(arguments, dialect=dialect)

    return made


def _plain(name: str) -> Callable[[Sequence[exp.Expr]], exp.Expr]:
    return lambda arguments: exp.Anonymous(this=name, expressions=list(arguments))


class CloudTrail(Trino):
    """What Athena and CloudTrail Lake read."""

    INDEX_OFFSET = 0

    def to_json_path(self, path: exp.Expr | None) -> exp.Expr | None:
        """A path stays the text that it is."""
        return path

    class Parser(Trino.Parser):
        """Functions that Trino lacks stay unknown; those sqlglot would translate, as they stand."""

        FUNCTIONS: ClassVar[dict[str, Callable[..., Any]]] = {
            **{
                name: _checked(name.lower(), build)
                for name, build in {**_TRINOS, "EVERY": exp.LogicalAnd.from_arg_list}.items()
                if name.lower() in ARITIES
            },
            **{name.upper(): _plain(name) for name in _AS_WRITTEN},
        }
        FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
            name: parse for name, parse in _PARSED.items() if name.lower() in OWN_SYNTAX
        }
