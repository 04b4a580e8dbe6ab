"""Trino's dialect as sqlglot reads it, less what sqlglot changes on the way for other engines.

Paths of JSON, patterns for times and positions in arrays stay as they were written, so that a
complaint can point at them and nothing is understood in another engine's way.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast

from sqlglot import exp
from sqlglot.dialects.trino import Trino

DIALECT = "cloudtrail"
"""The name that sqlglot knows it by, from this class's."""

_AS_WRITTEN = ("date_format", "date_parse", "parse_datetime", "json_query", "sequence", "shuffle")


_TRINOS = cast(
    "dict[str, Callable[..., Any]]",
    Trino.Parser.FUNCTIONS,  # pyright: ignore[reportUnknownMemberType]
)


def _plain(name: str) -> Callable[[Sequence[exp.Expr]], exp.Expr]:
    return lambda arguments: exp.Anonymous(this=name, expressions=list(arguments))


class CloudTrail(Trino):
    """What Athena and CloudTrail Lake read."""

    INDEX_OFFSET = 0

    def to_json_path(self, path: exp.Expr | None) -> exp.Expr | None:
        """A path stays the text that it is."""
        return path

    class Parser(Trino.Parser):
        """Functions whose arguments sqlglot would translate are left as they stand."""

        FUNCTIONS: ClassVar[dict[str, Callable[..., Any]]] = {
            **_TRINOS,
            **{name.upper(): _plain(name) for name in _AS_WRITTEN},
            "EVERY": exp.LogicalAnd.from_arg_list,
        }
