"""Patterns: LIKE, and Java's regular expressions in Python's words."""

import re
from collections.abc import Callable
from functools import lru_cache

from trailtui.query.complaints import ValueComplaint


@lru_cache(maxsize=256)
def like_matcher(pattern: str, escape: str | None) -> Callable[[str], bool]:
    """A function that tells whether a text is LIKE the pattern, with regard to case."""
    parts: list[str] = []
    plain = True
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if escape is not None and char == escape:
            position += 1
            if pattern[position : position + 1] not in ("%", "_", escape):
                raise ValueComplaint("the escape character must stand before %, _ or itself")
            parts.append(re.escape(pattern[position]))
            plain = False
        elif char == "%":
            parts.append(".*")
        elif char == "_":
            parts.append(".")
            plain = False
        else:
            parts.append(re.escape(char))
        position += 1
    inner = pattern.strip("%")
    if plain and "%" not in inner:
        if pattern == inner:
            return inner.__eq__
        if pattern.startswith("%") and pattern.endswith("%"):
            return lambda text: inner in text
        if pattern.startswith("%"):
            return lambda text: text.endswith(inner)
        return lambda text: text.startswith(inner)
    compiled = re.compile("".join(parts), re.DOTALL)
    return lambda text: compiled.fullmatch(text) is not None


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
        return re.compile(named, re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueComplaint(f"this is no regular expression: {error}") from None
