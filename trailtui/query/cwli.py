"""A query in the words of CloudWatch Logs Insights, for the shapes that its language has.

One SELECT over the events: conditions, columns, groups with counts and first and last times, order
and limit. Whatever else is refused with its place. Rows are put in SQL's order and cut to the
LIMIT after they came, since Logs Insights orders texts by rules of its own.
"""

import re
from collections.abc import Mapping, Sequence

from sqlglot import exp

from trailtui.query.columns import Kind
from trailtui.query.context import Given
from trailtui.query.cwli_conditions import Conditions
from trailtui.query.cwli_fields import Fields
from trailtui.query.cwli_form import (
    DISTINCT_NOTE,
    FIELDS_NOTE,
    LONGEST,
    MOST_ROWS,
    InsightsColumn,
    InsightsForm,
)
from trailtui.query.cwli_order import limit_of, ordering_of
from trailtui.query.cwli_values import Values
from trailtui.query.cwli_words import PRINCIPAL
from trailtui.query.elsewhere import refuse_secrets
from trailtui.query.errors import QueryError
from trailtui.query.execute import column_names, rewrite
from trailtui.query.folding import with_values
from trailtui.query.ordering import Output
from trailtui.query.parse import Parsed, parse_query
from trailtui.query.partitions import time_window
from trailtui.query.resolving import event_tables

_CLAUSES = {
    "with_": "WITH", "joins": "a JOIN", "laterals": "LATERAL", "offset": "OFFSET",
    "windows": "WINDOW", "qualify": "QUALIFY", "sample": "TABLESAMPLE", "fetch": "FETCH",
}  # fmt: skip


def insights_for(text: str, given: Mapping[str, Given]) -> InsightsForm:
    """The query for Logs Insights, values in it as quoted texts.

    Raises QueryError, with the place, for what its language can't be asked.
    """
    outputs = rewrite(text, given).outputs  # complains of what is wrong, at its place
    parsed = parse_query(text)
    refuse_secrets(parsed)
    tree = with_values(parsed.tree, given)
    made = _Writer(Parsed(text, tree), outputs).form()
    if len(made.text) > LONGEST:
        raise QueryError(
            f"the query has {len(made.text):,} characters and Logs Insights takes {LONGEST:,}",
            cure="Ask for less at a time.",
        )
    return made


class _Writer:
    """Writes one query."""

    def __init__(self, parsed: Parsed, outputs: Sequence[Output]) -> None:
        self._parsed = parsed
        self._fields = Fields(parsed)
        self._outputs = outputs
        self._select = self._checked()
        self._values = Values(self._fields)

    def _checked(self) -> exp.Select:
        tree = self._parsed.tree
        if not isinstance(tree, exp.Select):
            raise self._parsed.error("Logs Insights is asked one SELECT, no union of them", tree)
        for key, name in _CLAUSES.items():
            if found := tree.args.get(key):
                where = tree if isinstance(found, list) else found
                raise self._parsed.error(f"Logs Insights has nothing like {name}", where)
        clause = tree.args.get("from_")
        if clause is None or not any(one is clause.this for one in event_tables(tree)):
            raise self._parsed.error("Logs Insights is asked for the events alone", clause)
        for node in tree.find_all(exp.Query):
            if node is not tree:
                raise self._parsed.error("Logs Insights is asked no sub-query", node)
        for node in tree.find_all(exp.Window):
            raise self._parsed.error("Logs Insights has no window functions", node)
        return tree

    def form(self) -> InsightsForm:
        """The whole of it."""
        grouped = self._is_grouped()
        filters = self._filters()
        early = self._fields.needs_principal
        names = column_names(self._outputs)
        values, items = self._values, list(self._select.expressions)
        if len(items) != len(names) or any(item.is_star for item in items):
            raise self._fields.error("Logs Insights is asked for columns by their names", items[0])
        self._values.reserve(names)
        columns = self._grouped(items, names) if grouped else self._plain(items, names)
        ending = [*values.stages, *self._shaping(columns, grouped=grouped)]
        order = ordering_of(self._select, items, self._fields)
        if order:
            by = [f"{columns[one.position].field}{' desc' if one.down else ''}" for one in order]
            ending.append(f"sort {', '.join(by)}")
        ending.append(f"limit {MOST_ROWS}")
        prelude = list(PRINCIPAL) if self._fields.needs_principal else []
        stages = [*prelude, *filters] if early else [*filters, *prelude]
        since_ms, until_ms = time_window(self._parsed.tree)
        notes = [FIELDS_NOTE, *([DISTINCT_NOTE] if values.counts_distinct else [])]
        return InsightsForm(
            "\n| ".join([*stages, *ending]),
            tuple(columns),
            order,
            limit_of(self._select, self._fields),
            grouped and not self._keys(),
            since_ms,
            until_ms,
            tuple(notes),
        )

    def _filters(self) -> list[str]:
        clause = self._select.args.get("where")
        if clause is None:
            return []
        conditions = Conditions(self._fields)
        parts = [clause.this]
        while any(isinstance(part, exp.And) for part in parts):
            parts = [
                each
                for part in parts
                for each in (part.flatten() if isinstance(part, exp.And) else [part])
            ]
        said = [conditions.written(part) for part in parts]
        if False in said:
            return ["filter ispresent(eventID) and not ispresent(eventID)"]
        kept = dict.fromkeys(one for one in said if isinstance(one, str))
        return [f"filter {re.sub(r'^[(](.*)[)]$', _bare, one)}" for one in kept]

    def _is_grouped(self) -> bool:
        select = self._select
        if any(select.args.get(key) for key in ("group", "having", "distinct")):
            return True
        return any(item.find(exp.AggFunc) for item in select.expressions)

    def _keys(self) -> list[exp.Expr]:
        """What the rows are grouped by; positions are those of the columns."""
        select = self._select
        if select.args.get("distinct"):
            if select.args.get("group") or select.args["distinct"].args.get("on"):
                raise self._fields.error("Logs Insights has no DISTINCT over groups", select)
            return [_unaliased(item) for item in select.expressions]
        group = select.args.get("group")
        if group is None:
            return []
        for key in ("grouping_sets", "cube", "rollup", "all"):
            if group.args.get(key):
                raise self._fields.unsupported(group)
        return [
            _unaliased(select.expressions[int(str(key.this)) - 1])
            if isinstance(key, exp.Literal)
            else key
            for key in group.expressions
        ]

    def _plain(self, items: Sequence[exp.Expr], names: Sequence[str]) -> list[InsightsColumn]:
        return [
            self._values.shown(_unaliased(item), name, output.kind)
            for item, name, output in zip(items, names, self._outputs, strict=True)
        ]

    def _grouped(self, items: Sequence[exp.Expr], names: Sequence[str]) -> list[InsightsColumn]:
        keys = self._keys()
        found: list[InsightsColumn] = []
        for item, name, output in zip(items, names, self._outputs, strict=True):
            value = _unaliased(item)
            if any(value == key for key in keys):
                found.append(self._values.shown(value, name, output.kind, key=True))
            else:
                found.append(self._values.counted(value, name, output.kind))
        for key in keys:
            if not any(_unaliased(item) == key for item in items):
                self._values.shown(key, "", Kind.TEXT, key=True)
        return found

    def _shaping(self, columns: Sequence[InsightsColumn], *, grouped: bool) -> list[str]:
        values = self._values
        if not grouped:
            shown = dict.fromkeys(column.field for column in columns)
            return [f"display {', '.join(shown)}"]
        having = self._select.args.get("having")
        kept = values.having(having.this) if having is not None else ""
        counted = values.statistics or ["count(*) as rows_in_group"]
        by = f" by {', '.join(values.keys)}" if values.keys else ""
        filters = [f"filter {kept}"] if kept else []
        return [f"stats {', '.join(counted)}{by}", *filters]


def _bare(found: re.Match[str]) -> str:
    """A condition without the brackets around the whole of it."""
    depth = 0
    for one in found[1]:
        depth += (one == "(") - (one == ")")
        if depth < 0:
            return found[0]
    return found[1] if depth == 0 and '"' not in found[1] and "/" not in found[1] else found[0]


def _unaliased(item: exp.Expr) -> exp.Expr:
    return item.this if isinstance(item, exp.Alias) else item
