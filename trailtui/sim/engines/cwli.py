"""The part of Logs Insights' language that is executed here; anything else is refused, not ignored.

Source: CloudWatch Logs User Guide, "Supported commands and functions": fields, display, filter,
sort, limit, stats, dedup, parse. Commands are carried out one after the other, as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.engines.cwli_conditions import Flag, Row, Truth, condition, pattern_of, value_of
from trailtui.sim.engines.cwli_statistics import grouped, read_statistics
from trailtui.sim.engines.cwli_tokens import MalformedQueryError, Words, stages

__all__ = ["MalformedQueryError", "Program", "Row", "execute", "flat", "read"]

DEFAULT_LIMIT = 10_000
LARGEST_LIMIT = 100_000
"""Service model of `logs`, StartQuery: limit."""
MOST_FIELDS = 200
"""Source: CloudWatch Logs User Guide, "Supported logs and discovered fields"."""
_SHOWN_BY_ITSELF = ("@timestamp", "@message")

Step = Callable[["State"], None]


@dataclass
class State:
    """The events between two commands, and what is to be shown of them."""

    rows: list[Row]
    shown: list[str] = field(default_factory=list[str])
    matched: int | None = None
    """How many log events went into `stats` or were left before `dedup` and `limit`."""
    of_events: bool = True
    """Whether the rows are log events still, which have a @ptr."""


@dataclass
class Program:
    """A query, read."""

    steps: list[Step]
    limit: int


def read(text: str, limit: int | None = None) -> Program:
    """Read a query.

    Args:
        text: the query.
        limit: of the call; the smaller one counts.
    Raises:
        MalformedQueryError: something is not executed here.
    """
    program = Program([], limit or DEFAULT_LIMIT)
    limited = False
    for tokens in stages(text):
        words = Words(tokens)
        command = words.take("name").value.lower()
        if limited and command not in ("fields", "display"):
            raise MalformedQueryError(f"{command} after limit is not executed here")
        if command == "limit":
            program.limit = min(_limit(words), limit or LARGEST_LIMIT)
            limited = True
            continue
        if command not in _COMMANDS:
            raise MalformedQueryError(f"unexpected symbol found {command}")
        program.steps.append(_COMMANDS[command](words))
        words.end()
    return program


def _limit(words: Words) -> int:
    given = words.take("number").value
    words.end()
    if not given.isdigit() or not 1 <= int(given) <= LARGEST_LIMIT:
        raise MalformedQueryError(f"the limit must be from 1 to 100,000, not {given}")
    return int(given)


def _columns(words: Words) -> list[tuple[str, Callable[[Row], str | None] | None]]:
    """Names, and values that get a name with `as`."""
    found: list[tuple[str, Callable[[Row], str | None] | None]] = []
    while True:
        plain = words.next_says_name() and not words.after_next_says("(")
        name = words.peek() if plain else ""
        computed = value_of(words)
        if words.took("as"):
            found.append((words.take("name").value, computed))
        elif name:
            found.append((name, None))
        else:
            raise MalformedQueryError("a value that is computed needs a name (as)")
        if not words.took(","):
            return found


def _fields(words: Words, *, anew: bool = False) -> Step:
    columns = _columns(words)

    def step(state: State) -> None:
        for name, compute in columns:
            for row in state.rows if compute else ():
                value = cast("Callable[[Row], str | None]", compute)(row)
                if value is not None:
                    row[name] = value
        names = [name for name, _ in columns]
        kept = [] if anew else state.shown
        state.shown = [*kept, *(name for name in names if name not in kept)]

    return step


def _filter(words: Words) -> Step:
    test = condition(words)

    def kept(row: Row) -> bool:
        said = test(row)
        if said is Truth.OPEN:
            raise MalformedQueryError(
                "what != and not say of a field that a log event lacks is not documented: "
                "ask ispresent() beside it"
            )
        return said is Truth.YES

    def step(state: State) -> None:
        state.rows = [row for row in state.rows if kept(row)]

    return step


_CHUNK = re.compile(r"[0-9]+|[^0-9]", re.DOTALL)


def natural(text: str | None) -> tuple[Dynamic, ...]:
    """A key for `sort`: texts before numbers, digits in a text by their length and value.

    Source: CloudWatch Logs User Guide, "sort". Where a missing value stands is not documented; here
    it is first.
    """
    if text is None:
        return (0,)
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        return (2, float(text), text)
    chunks = [
        ("0", len(one), int(one)) if one[0] in "0123456789" else (one, 0, 0)
        for one in _CHUNK.findall(text)
    ]
    return (1, chunks)


def _by(name: str) -> Callable[[Row], Dynamic]:
    if name in ("@timestamp", "@ingestionTime"):  # all are of one form, so letters do
        return lambda row: row.get(name, "")
    return lambda row: natural(row.get(name))


def _sort(words: Words) -> Step:
    order: list[tuple[str, bool]] = []
    while True:
        name = words.take("name").value
        down = words.took("desc")
        if not down:
            words.took("asc")
        order.append((name, down))
        if not words.took(","):
            break

    def step(state: State) -> None:
        for name, down in reversed(order):
            state.rows.sort(key=_by(name), reverse=down)

    return step


def _stats(words: Words) -> Step:
    columns, keys = read_statistics(words)

    def step(state: State) -> None:
        state.matched = len(state.rows) if state.matched is None else state.matched
        state.rows = grouped(state.rows, columns, keys)
        state.shown = [one.name for one in (*keys, *columns)]
        state.of_events = False

    return step


def _dedup(words: Words) -> Step:
    names = [words.take("name").value]
    while words.took(","):
        names.append(words.take("name").value)

    def step(state: State) -> None:
        state.matched = len(state.rows) if state.matched is None else state.matched
        seen: dict[tuple[str | None, ...], Row] = {}
        for row in state.rows:
            seen.setdefault(tuple(row.get(name) for name in names), row)
        state.rows = list(seen.values())

    return step


def _parse(words: Words) -> Step:
    holder = words.take("name").value
    token = words.take("text", "pattern")
    if token.kind == "pattern":
        pattern = pattern_of(token)
        names = list(pattern.groupindex)
        if not names:
            raise MalformedQueryError("the pattern of parse names no group")
    else:
        pieces = [re.escape(piece) for piece in token.value.split("*")]
        end = "$" if token.value.endswith("*") else ""
        pattern = re.compile("(.*?)".join(pieces) + end, re.DOTALL)
        names = _parsed_names(words, len(pieces) - 1)

    def step(state: State) -> None:
        for row in state.rows:
            found = pattern.search(row.get(holder, ""))
            if found:
                row.update({n: v for n, v in zip(names, found.groups(), strict=True) if v})

    return step


def _parsed_names(words: Words, expected: int) -> list[str]:
    words.need("as")
    names = [words.take("name").value]
    while words.took(","):
        names.append(words.take("name").value)
    if len(names) != expected:
        raise MalformedQueryError(f"parse has {expected} wildcards and {len(names)} names")
    return names


_COMMANDS: dict[str, Callable[[Words], Step]] = {
    "fields": _fields,
    "display": lambda words: _fields(words, anew=True),
    "filter": _filter,
    "where": _filter,
    "sort": _sort,
    "order": _sort,
    "stats": _stats,
    "dedup": _dedup,
    "parse": _parse,
}


def execute(program: Program, rows: Iterable[Row]) -> tuple[list[list[dict[str, str]]], int]:
    """The results in the form of GetQueryResults, and how many log events were matched.

    Raises:
        MalformedQueryError: an event makes the answer something that is not documented.
    """
    # The newest come first where nothing else is asked for; AWS does not promise it.
    events = sorted(rows, key=lambda row: row.get("@timestamp", ""), reverse=True)
    state = State([dict(row) for row in events])
    for step in program.steps:
        step(state)
    total = len(state.rows) if state.matched is None else state.matched
    shown = state.shown or list(_SHOWN_BY_ITSELF)
    return [_result(row, shown, state.of_events) for row in state.rows[: program.limit]], total


def _result(row: Row, shown: Sequence[str], of_event: bool) -> list[dict[str, str]]:
    kept = [{"field": name, "value": row[name]} for name in shown if name in row]
    if of_event and "@ptr" in row and "@ptr" not in shown:
        kept.append({"field": "@ptr", "value": row["@ptr"]})
    return kept


def flat(record: Dynamic) -> Row:
    """The fields that are found in a log event, with dotted names: the first 200 of them."""
    found: Row = {}
    _flatten(record, "", found)
    return found


def _flatten(value: Dynamic, prefix: str, found: Row) -> None:
    if isinstance(value, dict | list):
        members = (
            cast("dict[str, Dynamic]", value).items()
            if isinstance(value, dict)
            else enumerate(cast("list[Dynamic]", value))
        )
        for name, one in members:
            _flatten(one, f"{prefix}.{name}" if prefix else str(name), found)
    elif value is not None and len(found) < MOST_FIELDS:
        found[prefix] = Flag(int(value)) if isinstance(value, bool) else str(value)
