"""The part of Logs Insights' language that is executed here; anything else is refused, not ignored.

Source: CloudWatch Logs User Guide, "Supported commands and functions": fields, display, filter,
sort, limit, stats, dedup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from trailtui.sim.dynamic import Dynamic

Row = dict[str, str]
"""A log event by field, nested ones with dots, and @message, @timestamp, @ptr, @logStream."""

DEFAULT_LIMIT = 10_000


class MalformedQueryError(Exception):
    """What the engine does not take, with the reason."""


@dataclass
class Program:
    """A query, read."""

    shown: list[str] = field(default_factory=lambda: ["@timestamp", "@message"])
    tests: list[Callable[[Row], bool]] = field(default_factory=list[Callable[[Row], bool]])
    order: list[tuple[str, bool]] = field(default_factory=list[tuple[str, bool]])
    """Field, and whether descending."""
    limit: int = DEFAULT_LIMIT
    groups: list[str] | None = None
    """Of `stats count(*)`; None: no stats."""
    counted: str = "count(*)"
    dedup: list[str] = field(default_factory=list[str])


_TOKEN = re.compile(
    r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|/(?:[^/\\]|\\.)*/|`[^`]+`|[@\w.$\-]+(?:\(\*?\))?"""
    r"""|!=|<=|>=|=~|[=<>(),\[\]])"""
)


def read(text: str, limit: int | None = None) -> Program:
    """Read a query. Raises MalformedQueryError for what is not executed here."""
    program = Program()
    for stage in _stages(text):
        command, _, rest = stage.strip().partition(" ")
        _COMMANDS.get(command.lower(), _unknown(command))(program, rest.strip())
    if limit is not None:
        program.limit = min(program.limit, limit)
    return program


_WHOLE = re.compile(
    r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<=like )/(?:[^/\\]|\\.)*/|[^|"'])+"""
)
"""A stage: anything up to a pipe that stands in no text and in no pattern."""


def _stages(text: str) -> list[str]:
    lines = re.sub(r"(?m)^\s*#.*$", "", text)
    return [one.strip() for one in _WHOLE.findall(lines) if one.strip()]


def _unknown(command: str) -> Callable[[Program, str], None]:
    def refuse(_program: Program, _rest: str) -> None:
        raise MalformedQueryError(f"unexpected symbol found {command}")

    return refuse


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    position = 0
    while position < len(text.rstrip()):
        matched = _TOKEN.match(text, position)
        if matched is None:
            raise MalformedQueryError(
                f"unexpected symbol found at {text[position : position + 20]!r}"
            )
        found.append(matched[1])
        position = matched.end()
    return found


def _names(text: str) -> list[str]:
    return [one.strip("`") for one in _tokens(text) if one != ","]


def _fields(program: Program, rest: str) -> None:
    program.shown = _names(rest)


def _sort(program: Program, rest: str) -> None:
    words = _names(rest)
    while words:
        name = words.pop(0)
        down = (
            bool(words) and words[0].lower() in ("asc", "desc") and words.pop(0).lower() == "desc"
        )
        program.order.append((name, down))


def _limit(program: Program, rest: str) -> None:
    if not rest.isdigit() or not 1 <= int(rest) <= DEFAULT_LIMIT:
        raise MalformedQueryError(f"the limit must be from 1 to 10,000, not {rest}")
    program.limit = int(rest)


def _stats(program: Program, rest: str) -> None:
    matched = re.fullmatch(r"count\(\*\)(?:\s+as\s+(\w+))?(?:\s+by\s+(.+))?", rest, re.IGNORECASE)
    if not matched:
        raise MalformedQueryError(f"stats {rest} is not executed here")
    program.counted = matched[1] or "count(*)"
    program.groups = _names(matched[2]) if matched[2] else []


def _dedup(program: Program, rest: str) -> None:
    program.dedup = _names(rest)


def _filter(program: Program, rest: str) -> None:
    tokens = _tokens(rest)
    test = _Condition(tokens).whole()
    program.tests.append(test)


_COMMANDS: dict[str, Callable[[Program, str], None]] = {
    "fields": _fields,
    "display": _fields,
    "filter": _filter,
    "where": _filter,
    "sort": _sort,
    "limit": _limit,
    "stats": _stats,
    "dedup": _dedup,
}


class _Condition:
    """A condition: or, and, not, brackets, comparisons, like, in, ispresent."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def whole(self) -> Callable[[Row], bool]:
        test = self._either()
        if self._at != len(self._tokens):
            raise MalformedQueryError(f"unexpected symbol found {self._tokens[self._at]}")
        return test

    def _peek(self) -> str:
        return self._tokens[self._at].lower() if self._at < len(self._tokens) else ""

    def _take(self, expected: str = "") -> str:
        if self._at >= len(self._tokens) or (expected and self._peek() != expected):
            raise MalformedQueryError(f"expected {expected or 'more'}")
        self._at += 1
        return self._tokens[self._at - 1]

    def _either(self) -> Callable[[Row], bool]:
        tests = [self._both()]
        while self._peek() == "or":
            self._take()
            tests.append(self._both())
        return lambda row: any(test(row) for test in tests)

    def _both(self) -> Callable[[Row], bool]:
        tests = [self._one()]
        while self._peek() == "and":
            self._take()
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Callable[[Row], bool]:
        if self._peek() == "not":
            self._take()
            test = self._one()
            return lambda row: not test(row)
        if self._peek() == "(":
            self._take()
            test = self._either()
            self._take(")")
            return test
        if self._peek() == "ispresent":
            self._take()
            self._take("(")
            name = self._take().strip("`")
            self._take(")")
            return lambda row: name in row
        return self._comparison(self._take().strip("`"))

    def _comparison(self, name: str) -> Callable[[Row], bool]:
        sign = self._take().lower()
        if sign == "not" and self._peek() in ("like", "in"):
            test = self._comparison_with(name, self._take().lower())
            return lambda row: not test(row)
        return self._comparison_with(name, sign)

    def _comparison_with(self, name: str, sign: str) -> Callable[[Row], bool]:
        if sign == "in":
            values = self._list()
            return lambda row: row.get(name) in values
        if sign in ("like", "=~"):
            return _like(name, self._take())
        if sign not in _SIGNS:
            raise MalformedQueryError(f"unexpected symbol found {sign}")
        wanted = _unquoted(self._take())
        compare = _SIGNS[sign]
        return lambda row: name in row and compare(row[name], wanted)

    def _list(self) -> set[str]:
        self._take("[")
        values = {_unquoted(self._take())}
        while self._peek() == ",":
            self._take()
            values.add(_unquoted(self._take()))
        self._take("]")
        return values


def _like(name: str, token: str) -> Callable[[Row], bool]:
    if token[:1] == "/":
        pattern = re.compile(token[1:-1])
        return lambda row: name in row and bool(pattern.search(row[name]))
    wanted = _unquoted(token)
    return lambda row: wanted in row.get(name, "")


def _unquoted(token: str) -> str:
    if token[:1] in ("'", '"'):
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    return token


def _order(one: str, other: str) -> int:
    try:
        left, right = float(one), float(other)
    except ValueError:
        return (one > other) - (one < other)
    return (left > right) - (left < right)


_SIGNS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: _order(a, b) < 0,
    ">": lambda a, b: _order(a, b) > 0,
    "<=": lambda a, b: _order(a, b) <= 0,
    ">=": lambda a, b: _order(a, b) >= 0,
}


def execute(program: Program, rows: Iterable[Row]) -> tuple[list[list[dict[str, str]]], int]:
    """The results in the form of GetQueryResults, and how many log events were matched."""
    matched = [row for row in rows if all(test(row) for test in program.tests)]
    total = len(matched)
    shown = program.shown
    if program.groups is not None:
        matched = _counted(matched, program.groups, program.counted)
        shown = [*program.groups, program.counted]
    for name, down in reversed(program.order or ([] if program.groups else [("@timestamp", True)])):
        matched.sort(key=lambda row, name=name: row.get(name, ""), reverse=down)
    if program.dedup:
        matched = _first_ones(matched, program.dedup)
    results = [_result(row, shown) for row in matched[: program.limit]]
    return results, total


def _counted(rows: Sequence[Row], groups: Sequence[str], name: str) -> list[Row]:
    found: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = tuple(row.get(group, "") for group in groups)
        found[key] = found.get(key, 0) + 1
    return [
        {**dict(zip(groups, key, strict=True)), name: str(count)} for key, count in found.items()
    ]


def _first_ones(rows: Sequence[Row], names: Sequence[str]) -> list[Row]:
    seen: dict[tuple[str, ...], Row] = {}
    for row in rows:
        seen.setdefault(tuple(row.get(name, "") for name in names), row)
    return list(seen.values())


def _result(row: Row, shown: Sequence[str]) -> list[dict[str, str]]:
    kept = [{"field": name, "value": row[name]} for name in shown if name in row]
    return [*kept, {"field": "@ptr", "value": row["@ptr"]}] if "@ptr" in row else kept


def flat(value: Dynamic, prefix: str = "") -> Row:
    """A JSON value's fields with dotted names."""
    if isinstance(value, dict):
        found: Row = {}
        for name, one in value.items():  # pyright: ignore[reportUnknownVariableType]
            found |= flat(one, f"{prefix}.{name}" if prefix else str(name))  # pyright: ignore[reportUnknownArgumentType]
        return found
    if isinstance(value, list):
        found = {}
        for number, one in enumerate(value):  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
            found |= flat(one, f"{prefix}.{number}")  # pyright: ignore[reportUnknownArgumentType]
        return found
    if value is None:
        return {}
    return {prefix: str(value).lower() if isinstance(value, bool) else str(value)}
