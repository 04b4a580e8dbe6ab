"""The words of a JSON filter pattern, each with its place."""

from dataclasses import dataclass

from trailtui.detect.patterns.errors import PatternError

_SIGNS = ("&&", "||", "!=", "<=", ">=", "(", ")", "=", "<", ">")
_ENDS_WORD = ' \t\r\n()=!<>&|"%'
_BLANK = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Token:
    """A sign, a selector, a quoted text, a regular expression, or a word."""

    kind: str
    """sign | selector | quoted | regex | word | end"""
    text: str
    """Without the quotes or the % around it."""
    at: int


def tokens(pattern: str, start: int, end: int) -> list[Token]:
    """The words between two places of a pattern, an `end` last. Raises PatternError."""
    found: list[Token] = []
    at = start
    while at < end:
        if pattern[at] in _BLANK:
            at += 1
            continue
        token, at = _token(pattern, at, end)
        found.append(token)
    return [*found, Token("end", "", end)]


def _token(pattern: str, at: int, end: int) -> tuple[Token, int]:
    for sign in _SIGNS:
        if pattern.startswith(sign, at, end):
            return Token("sign", sign, at), at + len(sign)
    first = pattern[at]
    if first in "&|!":
        raise PatternError(f"{first!r} stands alone", at, pattern, cure="Write &&, || or !=.")
    if first == '"':
        text, after = quoted(pattern, at, end)
        return Token("quoted", text, at), after
    if first == "%":
        close = pattern.find("%", at + 1, end)
        if close < 0:
            raise PatternError("the regular expression has no closing %", at, pattern)
        return Token("regex", pattern[at + 1 : close], at), close + 1
    if first == "$":
        after = _selector_end(pattern, at, end)
        return Token("selector", pattern[at:after], at), after
    after = at
    while after < end and pattern[after] not in _ENDS_WORD:
        after += 1
    return Token("word", pattern[at:after], at), after


def quoted(pattern: str, at: int, end: int) -> tuple[str, int]:
    """The text in double quotes from `at`, and the place after it; `\\"` is a quote in it."""
    text = ""
    place = at + 1
    while place < end:
        character = pattern[place]
        if character == '"':
            return text, place + 1
        if character == "\\" and pattern[place + 1 : place + 2] in ('"', "\\"):
            place += 1
            character = pattern[place]
        text += character
        place += 1
    raise PatternError("the text has no closing quote", at, pattern)


def _selector_end(pattern: str, at: int, end: int) -> int:
    """Where a selector stops; what stands in quotes inside its brackets belongs to it."""
    place = at
    while place < end and pattern[place] not in _ENDS_WORD:
        opening = pattern[place : place + 2]
        if opening in ("['", '["'):
            close = pattern.find(f"{opening[1]}]", place + 2, end)
            if close < 0:
                raise PatternError("the [ of the selector is not closed", place, pattern)
            place = close + 2
        else:
            place += 1
    return place
