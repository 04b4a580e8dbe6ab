"""The words of a Logs Insights query.

Source: CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax": commands are
separated by pipes, comments begin with #, texts stand in single or double quotes, patterns in
slashes, names with other characters than letters, digits, @, _ and . in backticks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


class MalformedQueryError(Exception):
    """What the engine does not take, with the reason."""


@dataclass(frozen=True)
class Token:
    """One word.

    Args:
        kind: "name", "text", "pattern", "number" or "sign".
        value: without its quotes, slashes or backticks.
    """

    kind: str
    value: str

    def says(self, *words: str) -> bool:
        """Whether it is one of these words or signs, whatever its case."""
        return self.kind in ("name", "sign") and self.value.lower() in words


_TOKENS = re.compile(
    r"""
      (?P<blank>\s+|\#[^\n]*)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<quoted>`[^`]+`)
    | (?P<number>\d+(?:\.\d+)?(?![\w.]))
    | (?P<name>@?[\w@][\w.@\-]*)
    | (?P<sign>!=|<=|>=|=~|[=<>(),\[\]|*+\-%^])
    """,
    re.VERBOSE | re.DOTALL,
)
_PATTERN = re.compile(r"/((?:[^/\\]|\\.)+)/")
_BEFORE_A_PATTERN = ("like", "=~")


def _pattern_may_follow(before: list[Token]) -> bool:
    if not before:
        return False
    last = before[-1]
    # `parse @message /.../`: after the name of a field
    parsed = len(before) >= 2 and before[-2].says("parse") and last.kind == "name"
    return last.says(*_BEFORE_A_PATTERN) or parsed


def words(text: str) -> list[Token]:
    """The words of a query; raises MalformedQueryError where one can't be read."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        pattern = _PATTERN.match(text, at) if _pattern_may_follow(found) else None
        if pattern:
            found.append(Token("pattern", pattern[1]))
            at = pattern.end()
            continue
        matched = _TOKENS.match(text, at)
        if matched is None:
            raise MalformedQueryError(f"unexpected symbol found {text[at : at + 20]!r}")
        kind, value = str(matched.lastgroup), matched[0]
        at = matched.end()
        if kind == "text":
            found.append(Token("text", _unescaped(value[1:-1])))
        elif kind == "quoted":
            found.append(Token("name", value[1:-1]))
        elif kind != "blank":
            found.append(Token(kind, value))
    return found


def _unescaped(text: str) -> str:
    """Escaped quotes and backslashes; no other escape is documented, so none is taken."""
    strange = re.search(r"\\[^\"'\\]", text)
    if strange:
        raise MalformedQueryError(f"what {strange[0]!r} in a text means is not documented")
    return re.sub(r"\\(.)", r"\1", text)


def stages(text: str) -> list[list[Token]]:
    """The commands of a query, each with its words."""
    found: list[list[Token]] = [[]]
    for token in words(text):
        if token == Token("sign", "|"):
            found.append([])
        else:
            found[-1].append(token)
    kept = [one for one in found if one]
    if not kept or len(kept) < len(found) - (not found[0]):
        raise MalformedQueryError("a command is missing")
    return kept


class Words:
    """Words read from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def over(self) -> bool:
        """Whether none is left."""
        return self._at >= len(self._tokens)

    def next_says(self, *expected: str) -> bool:
        """Whether the next word is one of these; it is left where it is."""
        return not self.over and self._tokens[self._at].says(*expected)

    def next_says_name(self) -> bool:
        """Whether the next word is the name of something."""
        return not self.over and self._tokens[self._at].kind == "name"

    def peek(self) -> str:
        """The next word, left where it is."""
        return self._tokens[self._at].value

    def after_next_says(self, expected: str) -> bool:
        """Whether the word after the next one is this."""
        rest = self._tokens[self._at + 1 : self._at + 2]
        return bool(rest) and rest[0].says(expected)

    def took(self, *expected: str) -> bool:
        """Take the next word if it is one of these."""
        hit = self.next_says(*expected)
        self._at += hit
        return hit

    def take(self, *kinds: str) -> Token:
        """Take the next word, which must be of one of these kinds."""
        if self.over:
            raise MalformedQueryError("the query ends too early")
        token = self._tokens[self._at]
        if kinds and token.kind not in kinds:
            raise MalformedQueryError(f"unexpected symbol found {token.value}")
        self._at += 1
        return token

    def need(self, expected: str) -> None:
        """Take this sign."""
        if not self.took(expected):
            found = "the end" if self.over else self._tokens[self._at].value
            raise MalformedQueryError(f"unexpected symbol found {found}, expected {expected}")

    def end(self) -> None:
        """Nothing may be left."""
        if not self.over:
            raise MalformedQueryError(f"unexpected symbol found {self._tokens[self._at].value}")
