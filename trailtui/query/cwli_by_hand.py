"""A library's own form for Logs Insights, with its parameters' values, where none can be derived.

A form is commands, each of which begins on a line of its own with `|` (the first one without). A
command that names a parameter which is not given is left out; the time between the parameters
`since` and `until` is asked for without being named; `principal` may be used as a field. Its
columns are those of the query's SQL, or some of them, by their names.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlglot import exp

from trailtui.query.context import Given
from trailtui.query.cwli_form import (
    DISTINCT_NOTE,
    FIELDS_NOTE,
    MOST_ROWS,
    InsightsColumn,
    InsightsForm,
    InsightsOrder,
)
from trailtui.query.cwli_order import asks_nulls_first, position_of
from trailtui.query.cwli_words import PRINCIPAL, Unwritable, before, quoted, since
from trailtui.query.errors import QueryError
from trailtui.query.execute import column_names, rewrite
from trailtui.query.ordering import Output
from trailtui.query.parse import parse_query
from trailtui.query.times import milliseconds

_PARAMETER = re.compile(r'"[^"]*"|(?<=[\s\[,(]):([a-z][a-z0-9_]*)')
_LIMIT = re.compile(r"limit\s+(\d+)")


def form_by_hand(written: str, sql: str, given: Mapping[str, Given]) -> InsightsForm:
    """A library's form with values in it; raises QueryError for what can't be put into it."""
    outputs = rewrite(sql, given).outputs
    commands = [" ".join(one.split()) for one in re.split(r"(?:^|\n)\s*\|", written)]
    stages = [_with_values(one, given) for one in commands if one]
    kept = [stage for stage in stages if stage]
    limit = next((int(found[1]) for one in kept if (found := _LIMIT.fullmatch(one))), None)
    kept = [one for one in kept if not _LIMIT.fullmatch(one)]
    since_ms, until_ms = (_moment(given.get(name)) for name in ("since", "until"))
    window = [f"filter eventTime like {since(since_ms)}"] if since_ms is not None else []
    if until_ms is not None:
        window.append(f"filter eventTime like {before(until_ms)}")
    prelude = PRINCIPAL if any(re.search(r"\bprincipal\b", one) for one in kept) else ()
    columns = _columns(kept, outputs)
    missing = [one for one in column_names(outputs) if one not in {each.name for each in columns}]
    notes = [FIELDS_NOTE, *([DISTINCT_NOTE] if "count_distinct" in written else [])]
    if missing:
        notes.append(f"Logs Insights can't be asked for {', '.join(missing)}: left out.")
    return InsightsForm(
        "\n| ".join([*window, *prelude, *kept, f"limit {MOST_ROWS}"]),
        columns,
        _order(sql, columns),
        limit,
        since_ms=since_ms,
        until_ms=until_ms,
        notes=tuple(notes),
        written_by_hand=True,
    )


def _moment(value: Given) -> int | None:
    return milliseconds(value) if isinstance(value, datetime) else None


def _with_values(line: str, given: Mapping[str, Given]) -> str:
    """A command with values in place of its parameters; "" where one is not given."""
    named = [found[1] for found in _PARAMETER.finditer(line) if found[1]]
    for name in named:
        if name not in given:
            raise QueryError(f"the form for Logs Insights names :{name}, which is no parameter")
    if any(given[name] is None for name in named):
        return ""
    try:
        return _PARAMETER.sub(lambda one: _literal(given[one[1]]) if one[1] else one[0], line)
    except Unwritable as error:
        raise QueryError(str(error)) from None


def _literal(value: Given) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, int | float) else quoted(str(value))


def _columns(stages: Sequence[str], outputs: Sequence[Output]) -> tuple[InsightsColumn, ...]:
    """What the last command that says columns names, in the order of the SQL's."""
    shaping = [one for one in stages if re.match(r"(display|stats|fields)\b", one)]
    command = next((one for one in reversed(shaping) if not one.startswith("fields")), "")
    if not command:
        raise QueryError("the form for Logs Insights needs display or stats, to name its columns")
    parts, _, keys = command.partition(" by ")
    listed = [*_split(parts.partition(" ")[2]), *_split(keys)]
    fields = {part.rpartition(" as ")[2].strip() for part in listed}
    names = column_names(outputs)
    return tuple(
        InsightsColumn(name, name, output.kind)
        for name, output in zip(names, outputs, strict=True)
        if name in fields
    )


def _split(text: str) -> list[str]:
    """Parts between commas that stand in no brackets."""
    return [one for one in re.split(r",\s*(?![^()]*\))", text) if one.strip()]


def _order(sql: str, columns: Sequence[InsightsColumn]) -> tuple[InsightsOrder, ...]:
    """The SQL's ORDER BY, as far as the columns that are there go."""
    tree = parse_query(sql).tree
    clause: exp.Order | None = tree.args.get("order")
    if clause is None or not isinstance(tree, exp.Select):
        return ()
    there = {column.name: at for at, column in enumerate(columns)}
    found: list[InsightsOrder] = []
    for ordered in cast("list[exp.Expr]", clause.expressions):
        at = position_of(ordered.this, tree.expressions)
        name = tree.expressions[at].alias_or_name if at is not None else ""
        if name not in there:
            break
        down = bool(ordered.args.get("desc"))
        found.append(InsightsOrder(there[name], down, asks_nulls_first(ordered)))
    return tuple(found)
