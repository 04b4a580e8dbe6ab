"""Patterns over the text of a log event: terms, of which all, any or none stand in it."""

from trailtui.detect.patterns.embedded import regex_at
from trailtui.detect.patterns.errors import PatternError
from trailtui.detect.patterns.lexer import quoted
from trailtui.detect.patterns.tree import Terms, Text, Wanted

_BLANK = " \t\r\n"


def read_terms(pattern: str) -> Terms:
    """Read `a b`, `?a ?b`, `a -b`, `"a b"`, `%regex%`. Raises PatternError with the place."""
    found: dict[str, list[Wanted]] = {"": [], "?": [], "-": []}
    regexes = 0
    at = 0
    while at < len(pattern):
        if pattern[at] in _BLANK:
            at += 1
            continue
        start = at
        sign = pattern[at] if pattern[at] in "?-" else ""
        at += len(sign)
        wanted, at = _term(pattern, start, at, regexes + 1)
        regexes += not isinstance(wanted, Text)
        found[sign].append(wanted)
    return Terms(tuple(found[""]), tuple(found["?"]), tuple(found["-"]))


def _term(pattern: str, start: int, at: int, number: int) -> tuple[Wanted, int]:
    if at >= len(pattern) or pattern[at] in _BLANK:
        raise PatternError("a term is expected after the sign", start, pattern)
    if pattern[at] == '"':
        text, after = quoted(pattern, at, len(pattern))
        return Text((text,), quoted=True), after
    if pattern[at] == "%":
        close = pattern.find("%", at + 1)
        if close < 0:
            raise PatternError("the regular expression has no closing %", at, pattern)
        return regex_at(pattern[at + 1 : close], at + 1, pattern, number), close + 1
    after = at
    while after < len(pattern) and pattern[after] not in _BLANK:
        after += 1
    word = pattern[at:after]
    for place, character in enumerate(word):
        if not (character.isalnum() or character in "_"):
            raise PatternError(
                f"a term with {character!r} stands in double quotes", at + place, pattern,
                cure=f'Write "{word}".',
            )  # fmt: skip
    return Text((word,), quoted=False), after
