"""Patterns: LIKE, and Java's regular expressions in Python's words."""

import re
from collections.abc import Callable
from functools import lru_cache

from trailtui.query.complaints import ValueComplaint
from trailtui.query.endless import may_take_forever


@lru_cache(maxsize=256)
def like_matcher(pattern: str, escape: str | None) -> Callable[[str], bool]:
    """A function that tells whether a text is LIKE the pattern, with regard to case.

    It never goes back over the text: between two % the first place where something fits is as good
    as any other, so a text of a hundred thousand characters takes no longer than reading it.
    """
    first, *others = _between_percents(pattern, escape)
    if not others:
        return first.equals if first.pattern else first.text.__eq__
    *middle, last = others
    if not any(each.pattern for each in (first, *others)) and (
        plain := _plain(first, middle, last)
    ):
        return plain

    def matches(text: str) -> bool:
        end = len(text) - last.size
        if end < first.size or not first.stands_at(text, 0) or not last.stands_at(text, end):
            return False
        at = first.size
        for piece in middle:
            at = piece.find(text, at, end)
            if at < 0:
                return False
            at += piece.size
        return True

    return matches


def _plain(first: "_Piece", middle: "list[_Piece]", last: "_Piece") -> Callable[[str], bool] | None:
    """The most common forms: x%, %x and %x%."""
    ends = bool(first.size) + bool(last.size)
    if len(middle) == 1 and not ends:
        inner = middle[0].text
        return lambda text: inner in text
    if middle or ends > 1:
        return None
    return lambda text: text.startswith(first.text) and text.endswith(last.text)


class _Piece:
    """Characters of a LIKE pattern between two %; None is any one."""

    def __init__(self, characters: list[str | None]) -> None:
        self.size = len(characters)
        self.text = "".join(each or "" for each in characters)
        self.pattern: re.Pattern[str] | None = None
        if None in characters:
            fixed = "".join("." if each is None else re.escape(each) for each in characters)
            self.pattern = re.compile(fixed, re.DOTALL)  # of one length, so it never goes back

    def equals(self, text: str) -> bool:
        return len(text) == self.size and self.stands_at(text, 0)

    def stands_at(self, text: str, at: int) -> bool:
        if self.pattern is None:
            return text.startswith(self.text, at)
        return self.pattern.match(text, at) is not None

    def find(self, text: str, at: int, end: int) -> int:
        """Where it stands first between two places, or -1."""
        if self.pattern is None:
            return text.find(self.text, at, end)
        found = self.pattern.search(text, at, end)
        return -1 if found is None else found.start()


def _between_percents(pattern: str, escape: str | None) -> list[_Piece]:
    pieces: list[list[str | None]] = [[]]
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if escape is not None and char == escape:
            position += 1
            char = pattern[position : position + 1]
            if char not in ("%", "_", escape):
                raise ValueComplaint("the escape character must stand before %, _ or itself")
            pieces[-1].append(char)
        elif char == "%":
            pieces.append([])
        else:
            pieces[-1].append(None if char == "_" else char)
        position += 1
    middle = [each for each in pieces[1:-1] if each]
    return [_Piece(each) for each in ([pieces[0], *middle, pieces[-1]] if pieces[1:] else pieces)]


def _java_end(escaped: re.Match[str]) -> str:
    r"""Java's \\Z lets a line's end follow, Python's is the very end."""
    return r"(?=\n?\Z)" if escaped[1] == "Z" else escaped[0]


@lru_cache(maxsize=256)
def regex(pattern: str) -> re.Pattern[str]:
    """A Java-style pattern as Python's; refused where the two would not mean the same."""
    if strange := re.search(
        r"\\[pPQEGXRhHvVKkz]|\[[^\]]*&&|\[\[|\(\?<?[a-zA-Z]*[dUux][:)-]", pattern
    ):
        raise ValueComplaint(f"{strange[0]!r} in a regular expression is not supported")
    named = re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", pattern)
    named = re.sub(r"\\(.)", _java_end, named, flags=re.DOTALL)
    try:
        compiled = re.compile(named, re.ASCII)
        endless = may_take_forever(named, re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueComplaint(f"this is no regular expression: {error}") from None
    if endless:
        raise ValueComplaint(
            "a repeat within a repeat of this expression could take longer than anybody waits, as "
            "in (a+)+; write it so that each round ends in one way only"
        )
    return compiled
