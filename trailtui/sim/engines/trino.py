"""A query in Trino's words, checked as Trino would and put into DuckDB's.

What DuckDB takes and Trino does not (a text compared with a number, a name of the output in WHERE)
is refused with Trino's message; what Trino knows and this file does not is refused, too. So an
answer is either Trino's or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from trailtui.sim.engines.shapes import Columns
from trailtui.sim.engines.trino_functions import NotSimulatedError, in_duckdb, refuse_unknown
from trailtui.sim.engines.trino_kinds import kind_of

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_TEXT_ONLY = (exp.Lower, exp.Upper, exp.Like, exp.RegexpLike, exp.RegexpExtract, exp.StrPosition,
              exp.Substring, exp.SplitPart, exp.StartsWith, exp.Trim, exp.DPipe)  # fmt: skip


class TrinoError(Exception):
    """Why Trino would refuse a query, or why it is not executed here.

    Args:
        code: Trino's name of the error, such as "TYPE_MISMATCH".
        message: the rest of the sentence.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")


@dataclass(frozen=True)
class Prepared:
    """A query that can be run."""

    tree: exp.Query
    """Checked, every column with its table; still in Trino's words."""
    names: tuple[str, ...]
    """Of the columns of the answer, as Trino calls them."""

    def duck(self, now: datetime) -> str:
        """The query for DuckDB. Raises TrinoError for what is not executed here."""
        try:
            for node in self.tree.walk():
                refuse_unknown(node)
            return self.tree.copy().transform(in_duckdb, now).sql(dialect="duckdb")
        except NotSimulatedError as what:
            raise TrinoError("NOT_SUPPORTED", f"the simulator does not evaluate {what}") from None
        except SqlglotError as error:
            raise TrinoError("NOT_SUPPORTED", str(error)) from None


def named_apart(tree: exp.Query) -> tuple[exp.Query, dict[str, exp.Table]]:
    """Give every mention of a table a name of its own, since each may be pruned otherwise.

    Returns:
        the query, in which each mention keeps the name that its columns use, and the mention as it
        was by its new name.
    Raises:
        TrinoError: something stands where only tables can be read here.
    """
    renamed = tree.copy()
    own = {str(one.alias_or_name).lower() for one in renamed.find_all(exp.CTE)}
    found: dict[str, exp.Table] = {}
    for mention in list(renamed.find_all(exp.Table)):
        if not isinstance(mention.this, exp.Identifier):
            what = mention.this.sql(dialect="trino")
            raise TrinoError("NOT_SUPPORTED", f"the simulator does not read from {what[:80]}")
        if not mention.db and mention.name.lower() in own:
            continue
        name = f"t{len(found)}"
        found[name] = mention.copy()
        called = exp.to_identifier(mention.alias or mention.name, quoted=True)
        apart = exp.to_table(name)
        apart.set("alias", exp.TableAlias(this=called))
        for rest in ("joins", "laterals", "sample"):
            apart.set(rest, mention.args.get(rest))
        mention.replace(apart)
    return renamed, found


def prepare(tree: exp.Query, tables: Mapping[str, Columns], *, lake: bool = False) -> Prepared:
    """Check a query.

    Args:
        tree: the statement; every table in it is named as in `tables`.
        tables: the columns of each, by lower-case name.
        lake: whether it is CloudTrail Lake's dialect: texts are compared with times, and columns
            of the answer are named as they are written.
    Raises:
        TrinoError: Trino would refuse it.
    """
    asked = _names_asked(tree, lake)
    schema = MappingSchema(
        {name: dict(columns) for name, columns in tables.items()}, dialect="trino"
    )
    try:
        qualified = qualify(tree.copy(), schema=schema, dialect="trino", expand_alias_refs=False)
        typed = annotate_types(qualified, schema=schema, dialect="trino")
    except SqlglotError as error:
        raise TrinoError("SYNTAX_ERROR", str(error).split(". Line")[0]) from None
    for node in typed.walk():
        _check(node, lake)
    every = [one.alias_or_name for one in typed.selects]
    if len(asked) != len(every):  # it has a star in it
        asked = [name.replace("_col_", "_col") for name in every]
    return Prepared(typed, tuple(asked))


def _names_asked(tree: exp.Query, lake: bool) -> list[str]:
    """What Trino calls the columns of an answer: a last name, or _col and a number."""
    found: list[str] = []
    for position, one in enumerate(cast("Sequence[exp.Expr]", tree.selects)):
        if one.is_star:
            return []
        named = one.alias_or_name if isinstance(one, exp.Alias | exp.Column | exp.Dot) else ""
        named = named or f"_col{position}"
        found.append(named if lake else named.lower())
    return found


def _check(node: exp.Expr, lake: bool) -> None:
    if isinstance(node, _COMPARISONS):
        _comparable(node, [node.left, node.right], lake)
    elif isinstance(node, exp.Between):
        _comparable(node, [node.this, node.args["low"], node.args["high"]], lake)
    elif isinstance(node, exp.In | exp.Coalesce):
        _comparable(node, [node.this, *cast("list[exp.Expr]", node.expressions)], lake)
    elif isinstance(node, exp.Where | exp.Having):
        _truth(node.this)
    elif isinstance(node, exp.And | exp.Or):
        _truth(node.left)
        _truth(node.right)
    elif isinstance(node, exp.Not):
        _truth(node.this)
    elif isinstance(node, _TEXT_ONLY):
        _text(node, node.this)
        if isinstance(node, exp.Like | exp.DPipe):
            _text(node, node.expression)
    elif isinstance(node, exp.ILike):
        raise TrinoError("SYNTAX_ERROR", "mismatched input 'ILIKE'")


def _comparable(node: exp.Expr, sides: list[exp.Expr], lake: bool) -> None:
    kinds = [kind_of(one) for one in sides if not isinstance(one, exp.Null | exp.Query)]
    known = {kind for kind in kinds if kind is not None}
    if lake and known == {"varchar", "timestamp"}:
        # AWS's own samples compare eventTime with a text; a text column is another matter.
        texts = [one for one in sides if kind_of(one) == "varchar"]
        if all(isinstance(one, exp.Literal) for one in texts):
            return
    if len(known) > 1:
        what = " = ".join(str(kind) for kind in kinds)
        raise TrinoError("TYPE_MISMATCH", f"Cannot apply operator: {what} ({_written(node)})")


def _truth(node: exp.Expr) -> None:
    if kind_of(node) not in ("boolean", None) and not isinstance(node, exp.Null):
        raise TrinoError(
            "TYPE_MISMATCH",
            f"{_written(node)} must evaluate to a boolean (actual: {kind_of(node)})",
        )


def _text(node: exp.Expr, given: exp.Expr) -> None:
    if kind_of(given) not in ("varchar", None) and not isinstance(given, exp.Null):
        raise TrinoError(
            "TYPE_MISMATCH", f"Unexpected parameters ({kind_of(given)}) for {_written(node)}"
        )


def _written(node: exp.Expr) -> str:
    return node.sql(dialect="trino").replace('"', "")[:120]
