"""The values of a field in a record, as Sigma rules name it: `userIdentity.sessionContext.x`.

A list on the way means each of its items. An object or list at the end is also its own JSON
without blanks, so that `|contains` finds what is written in it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import cast

Path = tuple[str, ...]


def path_of(field: str) -> Path:
    """The steps of a field's name."""
    return tuple(field.split("."))


def values_at(record: Mapping[str, object], path: Path) -> list[object]:
    """Everything that stands at a path: single values, and objects as they are. Empty: missing."""
    return [*_values(record, path)]


def _values(value: object, path: Path) -> Iterator[object]:
    if isinstance(value, list):
        listed = cast("list[object]", value)
        for item in listed:
            yield from _values(item, path)
        if not path and not listed:
            yield listed
        return
    if not path:
        yield value
        return
    if not isinstance(value, dict):
        return
    members = cast("dict[str, object]", value)
    if path[0] in members:
        yield from _values(members[path[0]], path[1:])
        return
    for end in range(2, len(path) + 1):  # a key that has a dot in it
        name = ".".join(path[:end])
        if name in members:
            yield from _values(members[name], path[end:])
            return


def text_of(value: object) -> str | None:
    """A value as the text that rules compare with; None for null."""
    if isinstance(value, str):
        return value
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def words_of(value: object) -> Iterator[str]:
    """Every key and every single value in a record, for rules of keywords."""
    if isinstance(value, dict):
        for key, member in cast("dict[str, object]", value).items():
            yield key
            yield from words_of(member)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from words_of(item)
    else:
        text = text_of(value)
        if text is not None:
            yield text
