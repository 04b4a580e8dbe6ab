"""Texts with `*` (anything) and `?` (any one character), met without backtracking."""

from collections.abc import Callable, Sequence
from typing import Final

ANY_TEXT: Final = "*"
ANY_CHARACTER: Final = None

Segment = tuple[str | None, ...]
"""Characters in a row; None is any one."""


def compile_glob(parts: Sequence[str | tuple[str] | None], *, cased: bool) -> Callable[[str], bool]:
    """Whether a whole text is what `parts` say.

    Args:
        parts: texts as tuples of one, `ANY_TEXT` and `ANY_CHARACTER` for the wildcards.
        cased: whether the letters' case counts.
    """
    segments: list[list[str | None]] = [[]]
    for part in parts:
        if part == ANY_TEXT:
            segments.append([])
        elif part is None:
            segments[-1].append(None)
        else:
            segments[-1] += part[0] if cased else folded(part[0])
    if len(segments) == 1 and None not in segments[0]:
        wanted = "".join(character or "" for character in segments[0])
        return (lambda text: text == wanted) if cased else (lambda text: folded(text) == wanted)
    finders = [_Segment(tuple(segment)) for segment in segments]

    def matches(text: str) -> bool:
        return _matches(finders, text if cased else folded(text))

    return matches


def folded(text: str) -> str:
    """A text for comparing without letters' case; as many characters as before."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _matches(segments: "list[_Segment]", text: str) -> bool:
    first, last = segments[0], segments[-1]
    if len(segments) == 1:
        return len(text) == first.size and first.stands_at(text, 0)
    if len(text) < first.size + last.size or not first.stands_at(text, 0):
        return False
    end = len(text) - last.size
    if not last.stands_at(text, end):
        return False
    at = first.size
    for segment in segments[1:-1]:
        at = segment.find(text, at, end)
        if at < 0:
            return False
        at += segment.size
    return True


class _Segment:
    """What stands between two `*`."""

    def __init__(self, characters: Segment) -> None:
        self.size = len(characters)
        self._plain = None if None in characters else "".join(c or "" for c in characters)
        self._known = [(at, c) for at, c in enumerate(characters) if c is not None]

    def stands_at(self, text: str, at: int) -> bool:
        if self._plain is not None:
            return text.startswith(self._plain, at)
        return at + self.size <= len(text) and all(text[at + n] == c for n, c in self._known)

    def find(self, text: str, at: int, end: int) -> int:
        if self._plain is not None:
            return text.find(self._plain, at, end)
        return next(
            (place for place in range(at, end - self.size + 1) if self.stands_at(text, place)), -1
        )
