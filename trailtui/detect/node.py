"""Reading a finding's members without trusting them: wrong types are noted, never raised.

Members are found whatever their letters' case: EventBridge has GuardDuty's findings in
lowerCamel, the API in PascalCase.
"""

import math
from collections.abc import Iterator, Mapping
from typing import cast

from trailtui.model.errors import InputError
from trailtui.model.times import LAST_SECOND, parse_event_time

LONGEST_TEXT = 2000
"""Characters kept of one member; the whole is in the evidence."""
MOST_ITEMS = 200
"""Items of one list that are looked at."""


class Node:
    """One JSON object of a finding, or what stands where one was expected."""

    def __init__(self, value: object, path: str = "", faults: list[str] | None = None) -> None:
        self.path = path
        self.faults: list[str] = [] if faults is None else faults
        """Members that are of another type than they should be, a sentence each; shared by all
        nodes of one finding."""
        self._members: dict[str, object] = {}
        if isinstance(value, Mapping):
            for key, member in cast("Mapping[object, object]", value).items():
                self._members.setdefault(str(key).lower(), member)
        elif value is not None:
            self._fault(path, "an object")

    def __bool__(self) -> bool:
        return bool(self._members)

    def __contains__(self, name: str) -> bool:
        return self._members.get(name.lower()) is not None

    def raw(self, name: str) -> object:
        """A member as it stands."""
        return self._members.get(name.lower())

    def at(self, *names: str) -> "Node":
        """The object that the members lead to; an empty one where there is none."""
        node = self
        for name in names:
            node = Node(node.raw(name), node.child(name), self.faults)
        return node

    def child(self, name: str) -> str:
        """The path of a member."""
        return f"{self.path}.{name}" if self.path else name

    def text(self, *names: str) -> str:
        """The text that the members lead to, cut to its bound; empty where there is none."""
        value = self._leaf(names, str, "text")
        return cleaned(str(value)) if value is not None else ""

    def word(self, *names: str) -> str:
        """The same for an id or a name: a number counts as text too."""
        value = self.at(*names[:-1]).raw(names[-1])
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value) if abs(value) < 10**18 else ""
        return self.text(*names)

    def number(self, *names: str) -> float | None:
        """The finite number that the members lead to."""
        value = self._leaf(names, (int, float), "a number")
        if value is None:
            return None
        try:
            number = float(cast("float", value))
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self._fault(self.at(*names[:-1]).child(names[-1]), "a finite number")
            return None
        return number

    def whole(self, *names: str) -> int | None:
        """The number, rounded down, of a count."""
        number = self.number(*names)
        return int(number) if number is not None and abs(number) < 10**15 else None

    def truth(self, *names: str) -> bool | None:
        """The truth value that the members lead to."""
        value = self._leaf(names, bool, "true or false")
        return bool(value) if value is not None else None

    def moment(self, *names: str) -> int | None:
        """Milliseconds of a time: ISO 8601 as text, or a number of seconds or milliseconds."""
        value = self.at(*names[:-1]).raw(names[-1])
        where = self.at(*names[:-1]).child(names[-1])
        if value is None or value == "":
            return None
        found = moment_ms(value)
        if found is None:
            self._fault(where, "a time")
        return found

    def items(self, *names: str) -> Iterator["Node"]:
        """The objects of a list; a single object counts as a list of one."""
        node = self.at(*names[:-1])
        for path, item in node.values(names[-1]):
            yield Node(item, path, self.faults)

    def values(self, name: str) -> Iterator[tuple[str, object]]:
        """Whatever stands in a list, each with its path."""
        value = self.raw(name)
        where = self.child(name)
        if value is None:
            return
        listed = cast("list[object]", value) if isinstance(value, list) else [value]
        for index, item in enumerate(listed[:MOST_ITEMS]):
            yield f"{where}[{index}]", item
        if len(listed) > MOST_ITEMS:
            self.faults.append(f"{where} has {len(listed)} items; {MOST_ITEMS} were looked at")

    def texts(self, *names: str) -> list[str]:
        """The texts of a list."""
        node = self.at(*names[:-1])
        found: list[str] = []
        for path, item in node.values(names[-1]):
            if isinstance(item, str):
                found.append(cleaned(item))
            else:
                self._fault(path, "text")
        return found

    def names(self) -> list[str]:
        """The members' names in small letters."""
        return list(self._members)

    def _leaf(self, names: tuple[str, ...], kind: type | tuple[type, ...], what: str) -> object:
        node = self.at(*names[:-1])
        value = node.raw(names[-1])
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self._fault(node.child(names[-1]), what)
            return None
        return value

    def _fault(self, where: str, what: str) -> None:
        sentence = f"{where or 'it'} is not {what}"
        if sentence not in self.faults and len(self.faults) < MOST_ITEMS:
            self.faults.append(sentence)


def cleaned(text: str) -> str:
    """A text that can be stored: cut to its bound, lone surrogates made visible."""
    if len(text) > LONGEST_TEXT:
        text = f"{text[: LONGEST_TEXT - 1]}…"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def moment_ms(value: object) -> int | None:
    """Milliseconds of an ISO time or of an epoch number in seconds or milliseconds, else None."""
    if isinstance(value, str):
        return parse_event_time(value) if len(value) <= 64 else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    if not math.isfinite(number) or number < 0:
        return None
    # what is too large for seconds before 2106 is milliseconds
    at_ms = int(number) if number > LAST_SECOND else int(number * 1000)
    return at_ms if at_ms <= LAST_SECOND * 1000 else None


def required(node: Node, name: str, what: str) -> str:
    """A member that a finding can't be without. Raises InputError naming it."""
    value = node.word(name)
    if not value:
        raw = node.raw(name)
        state = "has no" if raw in (None, "") else "has no usable"
        raise InputError(f"{what} {state} {name}")
    return value
