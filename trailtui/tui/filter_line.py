"""What is typed after `/` in the timeline: words that say which events are shown.

    AKIAIOSFODNN7EXAMPLE errors from=-24h to=now Create* where awsRegion = 'eu-west-1'

Entities stand as values or as `kind:value`, names of calls as they are (with * for any ending);
`where` takes the rest of the line as a condition over CloudTrail's field names.
"""

import re
import shlex
from dataclasses import dataclass, replace

from trailtui.case.events import EventFilter
from trailtui.model.entity import ENTITY_KINDS, Entity, guess_entity
from trailtui.model.errors import InputError
from trailtui.model.times import TimeWindow, parse_moment

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\*?")
_WHERE = re.compile(r"(?:^|(?<=\s))where\s+", re.IGNORECASE)
_FINDING = re.compile(r"d?\d{1,9}", re.ASCII)
_FLAGS = ("errors", "writes", "pinned")


@dataclass(frozen=True, slots=True)
class FilterLine:
    """A filter as it was typed: times stay relative, so that `-24h` means the same tomorrow."""

    entities: tuple[Entity, ...] = ()
    since: str = ""
    until: str = ""
    errors: bool = False
    writes: bool = False
    pinned: bool = False
    findings: tuple[int, ...] = ()
    """Numbers of findings of rules."""
    names: tuple[str, ...] = ()
    where: str = ""

    @property
    def text(self) -> str:
        """The line that gives this filter again."""
        words = [_entity_word(entity) for entity in self.entities]
        words += self.names
        words += [f"finding=d{number}" for number in self.findings]
        words += [flag for flag in _FLAGS if getattr(self, flag)]
        words += [f"from={shlex.quote(self.since)}"] if self.since else []
        words += [f"to={shlex.quote(self.until)}"] if self.until else []
        words += [f"where {self.where}"] if self.where else []
        return " ".join(words)

    @property
    def condition(self) -> str:
        """Names and `where` as one condition for the query room; empty where there is none."""
        names = " OR ".join(_name_condition(name) for name in self.names)
        parts = [part for part in (names, self.where) if part]
        return " AND ".join(f"({part})" for part in parts) if len(parts) > 1 else "".join(parts)

    def with_entity(self, entity: Entity) -> "FilterLine":
        """The same filter for one entity alone: it takes the place of those there were."""
        return replace(self, entities=(entity,))

    def with_condition(self, condition: str) -> "FilterLine":
        """The same filter, narrowed by a condition."""
        both = f"({self.where}) AND {condition}" if self.where else condition
        return replace(self, where=both)

    def resolve(self) -> EventFilter:
        """The filter for the case, but for `condition`. Raises InputError for a wrong time."""
        window = TimeWindow(
            parse_moment(self.since) if self.since else None,
            parse_moment(self.until) if self.until else None,
        )
        return EventFilter(
            self.entities,
            window,
            errors=self.errors,
            writes=self.writes,
            pinned=self.pinned,
            findings=self.findings,
        )


def parse_filter(line: str) -> FilterLine:
    """Read a filter line; raises InputError that says what can't be understood."""
    found = _WHERE.search(line)
    where = line[found.end() :].strip() if found else ""
    try:
        words = shlex.split(line[: found.start()] if found else line)
    except ValueError:
        raise InputError("a quotation mark is not closed", cure="Close it, or leave it out.") from (
            None
        )
    made = FilterLine(where=where)
    for word in words:
        made = _with_word(made, word)
    made.resolve()
    return made


def _with_word(made: FilterLine, word: str) -> FilterLine:
    key, equals, value = word.partition("=")
    if equals and key in ("from", "to"):
        return replace(made, since=value) if key == "from" else replace(made, until=value)
    if equals and key == "finding" and _FINDING.fullmatch(value):
        return replace(made, findings=(*made.findings, int(value.removeprefix("d"))))
    if word in _FLAGS:
        flags = {flag: True for flag in _FLAGS if flag == word}
        return replace(made, **flags)
    try:
        return replace(made, entities=(*made.entities, guess_entity(word)))
    except InputError:
        if _NAME.fullmatch(word):
            return replace(made, names=(*made.names, word))
    raise InputError(
        f"{word!r} is nothing to filter by",
        cure="Use a key id, ARN, address, kind:value, CallName, Call*, errors, writes, pinned, "
        f"finding=d7, from=T, to=T, where CONDITION; kinds: {', '.join(ENTITY_KINDS)}.",
    )


def sql_text(value: str) -> str:
    """A value as a literal of the query language."""
    return "'" + value.replace("'", "''") + "'"


def _name_condition(name: str) -> str:
    if name.endswith("*") and "_" not in name:  # where _ would stand for any character
        return f"eventName LIKE '{name[:-1]}%'"
    if name.endswith("*"):
        return f"starts_with(eventName, {sql_text(name[:-1])})"
    return f"eventName = {sql_text(name)}"


def _entity_word(entity: Entity) -> str:
    word = entity.value
    try:
        if guess_entity(word) != entity or word in _FLAGS:
            raise InputError("it would be read as something else")
    except InputError:
        word = f"{entity.kind}:{entity.value}"
    return shlex.quote(word)
