"""Event data stores as queries name them: an id or an ARN, without quotes, where a table stands."""

from __future__ import annotations

import re

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_WORD = re.compile(
    r"(?P<quoted>'(?:[^']|'')*')|\"?(?:arn:aws[\w-]*:cloudtrail:[\w-]+:\d+:eventdatastore/)?"
    rf"(?P<id>{_UUID})\"?",
    re.IGNORECASE,
)


def is_id(text: str) -> bool:
    """Whether it is the id of a store."""
    return re.fullmatch(_UUID, text) is not None


def named_in(statement: str) -> list[str]:
    """The ids of the stores in a query; an id within a text is none of them."""
    return [word["id"] for word in _WORD.finditer(statement) if word["id"]]


def in_quotes(statement: str) -> str:
    """The query with the names of its stores in quotes, as SQL needs them."""
    return _WORD.sub(lambda word: word["quoted"] or f'"{word["id"]}"', statement)
