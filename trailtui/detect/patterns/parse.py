"""Reading a filter pattern as CloudWatch Logs does.

Source: Amazon CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription
filters, filter log events, and Live Tail". A pattern that AWS refuses is refused here, with the
place.
"""

import re

from trailtui.detect.patterns.embedded import regex_at
from trailtui.detect.patterns.errors import PatternError
from trailtui.detect.patterns.lexer import Token, tokens
from trailtui.detect.patterns.terms import read_terms
from trailtui.detect.patterns.tree import (
    Both,
    Compared,
    Each,
    Either,
    Is,
    NotExists,
    Pattern,
    Selector,
    Step,
    Terms,
    Text,
    Wanted,
)

LONGEST_PATTERN = 1024
MOST_WILDCARD_SELECTORS = 3
DEEPEST = 100
"""Parentheses in parentheses; AWS gives no number."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PLACE = re.compile(r"\[(\d{1,9}|\*)\]")
_QUOTED_KEY = re.compile(r"""\.?\[(['"])(.*?)\1\]""", re.DOTALL)


def parse_pattern(pattern: str) -> Pattern | Terms:
    """The pattern's tree; Terms for one over the text. Raises PatternError with the place."""
    if len(pattern) > LONGEST_PATTERN:
        raise PatternError(
            f"the pattern has {len(pattern):,} characters, and {LONGEST_PATTERN:,} are allowed",
            LONGEST_PATTERN, pattern,
        )  # fmt: skip
    begin = len(pattern) - len(pattern.lstrip())
    word = pattern.strip()
    if word.startswith("{"):
        if not word.endswith("}") or len(word) < 2:
            raise PatternError("the { is not closed", begin, pattern)
        return _Parser(pattern, begin + 1, begin + len(word) - 1).whole()
    if word.startswith("["):
        raise PatternError(
            "a pattern in [ ] is for lines of columns", begin, pattern,
            cure="CloudTrail's records are JSON: write { $.eventName = ... }.",
        )  # fmt: skip
    return read_terms(pattern)


class _Parser:
    """Recursive descent: `||` binds least, then `&&`, then parentheses."""

    def __init__(self, pattern: str, start: int, end: int) -> None:
        self._pattern = pattern
        self._tokens = tokens(pattern, start, end)
        self._at = 0
        self._depth = 0
        self._regexes = 0
        self._wildcards = 0

    def whole(self) -> Pattern:
        if self._next.kind == "end":
            raise self._wrong("the pattern is empty", self._next)
        tree = self._either()
        if self._next.kind != "end":
            raise self._wrong(f"{self._next.text!r} is not expected here", self._next)
        return tree

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += token.kind != "end"
        return token

    def _takes(self, sign: str) -> bool:
        if self._next.kind == "sign" and self._next.text == sign:
            self._at += 1
            return True
        return False

    def _wrong(self, what: str, token: Token, cure: str = "") -> PatternError:
        return PatternError(what, token.at, self._pattern, cure=cure)

    def _either(self) -> Pattern:
        parts = [self._both()]
        while self._takes("||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Pattern:
        parts = [self._single()]
        while self._takes("&&"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _single(self) -> Pattern:
        opening = self._next
        if not self._takes("("):
            return self._condition()
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong("the parentheses are nested too deeply", opening)
        tree = self._either()
        if not self._takes(")"):
            raise self._wrong("the ( is not closed", opening)
        self._depth -= 1
        return tree

    def _condition(self) -> Pattern:
        token = self._take()
        if token.kind != "selector":
            what = "the pattern ends" if token.kind == "end" else f"{token.text!r} stands"
            raise self._wrong(f"{what} where a selector such as $.eventName is expected", token)
        selector = self._selector(token)
        operator = self._take()
        if operator.kind == "sign" and operator.text in ("=", "!=", "<", ">", "<=", ">="):
            return Compared(selector, operator.text, self._wanted(operator.text))
        if operator.kind == "word":
            return self._worded(selector, operator)
        raise self._wrong("a comparison is expected after the selector", operator)

    def _worded(self, selector: Selector, operator: Token) -> Pattern:
        if operator.text == "IS":
            value = self._take()
            if value.text == "NOT":
                raise self._wrong("IS NOT is no comparison of this language", value,
                                  "Write IS FALSE, != or NOT EXISTS.")  # fmt: skip
            if value.kind == "word" and value.text in ("NULL", "TRUE", "FALSE"):
                return Is(selector, {"NULL": None, "TRUE": True, "FALSE": False}[value.text])
            raise self._wrong("after IS stands NULL, TRUE or FALSE, in capitals", value)
        if operator.text == "NOT":
            exists = self._take()
            if exists.kind == "word" and exists.text == "EXISTS":
                return NotExists(selector)
            raise self._wrong("after NOT stands EXISTS, in capitals", exists)
        if operator.text == "EXISTS":
            raise self._wrong("EXISTS is no comparison of this language", operator,
                              "Write $.field = * instead.")  # fmt: skip
        if operator.text == "IN":
            raise self._wrong("IN is no comparison of this language", operator,
                              "Write the values apart, joined by ||.")  # fmt: skip
        raise self._wrong(f"{operator.text!r} is no comparison", operator,
                          "There are = != < > <= >=, IS and NOT EXISTS.")  # fmt: skip

    def _wanted(self, operator: str) -> Wanted:
        token = self._take()
        if token.kind == "regex" and operator in ("=", "!="):
            self._regexes += 1
            return regex_at(token.text, token.at + 1, self._pattern, self._regexes)
        if token.kind not in ("word", "quoted"):
            raise self._wrong("a value is expected here", token)
        number = read_number(token.text) if token.kind == "word" else None
        if operator not in ("=", "!=") and number is None:
            raise self._wrong(f"{operator} compares with a number", token)
        return Text(tuple(token.text.split("*")), token.kind == "quoted", number)

    def _selector(self, token: Token) -> Selector:
        steps = self._steps(token)
        each = sum(isinstance(step, Each) for step in steps)
        self._wildcards += each
        if each > 1:
            raise self._wrong("a selector has at most one wildcard", token)
        if self._wildcards > MOST_WILDCARD_SELECTORS:
            raise self._wrong(
                f"a pattern has at most {MOST_WILDCARD_SELECTORS} selectors with a wildcard", token
            )
        return Selector(steps)

    def _steps(self, token: Token) -> tuple[Step, ...]:
        text, at = token.text, 1
        steps: list[Step] = []
        while at < len(text):
            if key := _QUOTED_KEY.match(text, at):
                steps.append(key[2])
            elif place := _PLACE.match(text, at):
                key = place
                steps.append(Each(of_list=True) if place[1] == "*" else int(place[1]))
            elif text.startswith(".*", at):
                steps.append(Each(of_list=False))
                at += 2
                continue
            elif text[at] == "." and (key := _PLAIN_KEY.match(text, at + 1)):
                steps.append(key[0])
            else:
                raise PatternError(
                    "the selector can't be read from here", token.at + at, self._pattern,
                    cure="Write $.a.b, $.a[0], $.a[*] or $.['a.b'].",
                )  # fmt: skip
            at = key.end()
        if not steps:
            raise self._wrong("the selector names no field", token, "Write $.eventName.")
        return tuple(steps)


def read_number(text: str) -> float | None:
    """A number as the language writes it, `1e3` included; None for anything else."""
    return float(text) if _NUMBER.fullmatch(text) else None
