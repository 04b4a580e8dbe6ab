"""`when`: whether a step applies. A few fixed forms, parsed strictly; nothing is evaluated.

    decision.who == "attacker"
    step.created empty and entity.ip exists

A test is a subject followed by `exists`, `empty`, `not empty`, `== "text"` or `!= "text"`; several
tests are joined by `and`, or by `or`, not by both. The answer is yes, no, or "can't be told yet".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from trailtui.model.entity import ENTITY_KINDS
from trailtui.model.errors import InputError

FORMS = (
    '`SUBJECT exists`, `SUBJECT empty`, `SUBJECT not empty`, `SUBJECT == "text"`, '
    '`SUBJECT != "text"`, joined by `and` or by `or`; a SUBJECT is decision.STEP, input.NAME, '
    "step.STEP, step.STEP.COLUMN, given.KIND, entity.KIND or lineage.NAME"
)
"""For complaints: all that `when` understands."""

ROOTS = ("decision", "input", "step", "given", "entity", "lineage")
LINEAGE_NAMES = (
    "live", "unused", "keys", "sessions", "passwords", "users", "roles", "instances", "functions",
    "opened", "uncontained",
)  # fmt: skip
"""What of the lineage can be asked for: ids of live nodes by kind, the users and roles that live
nodes act as, what is open, what is not answered for."""
KIND_ALIASES = {"access_key": "credential", "user": "principal", "role": "principal"}
"""Words for entities that say more than their kind; `user` and `role` look at the ARN too."""

LONGEST = 500

_SUBJECT = re.compile(r"[a-z]+(?:\.[A-Za-z0-9_-]+)+")
_TOKEN = re.compile(
    rf"\s*(?:(?P<subject>{_SUBJECT.pattern})|(?P<word>exists|empty|not|and|or)\b"
    r"|(?P<sign>==|!=)|\"(?P<text>[^\"\\]*)\")"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a test looks at: `step.created.userName` is root step, name created, column userName."""

    root: str
    name: str
    column: str | None = None

    def __str__(self) -> str:
        return ".".join(part for part in (self.root, self.name, self.column) if part)


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison."""

    subject: Subject
    operator: str
    """exists | empty | == | !=   (`not empty` is exists)"""
    text: str = ""

    def __str__(self) -> str:
        right = f' "{self.text}"' if self.operator in ("==", "!=") else ""
        return f"{self.subject} {self.operator}{right}"


@dataclass(frozen=True, slots=True)
class Condition:
    """Tests joined by `and` (all) or by `or`."""

    tests: tuple[Test, ...]
    all_of: bool
    written: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds: True, False, or None where it can't be told yet, and why."""

    holds: bool | None
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """What a look-up answers for a subject of which nothing can be said yet."""

    why: str


LookUp: TypeAlias = Callable[[Subject], tuple[str, ...] | Unknown]
"""The values that a subject has now, as text; none is an empty tuple."""


def parse_condition(written: str) -> Condition:
    """Parse a `when`. Raises InputError with what is wrong and what is allowed."""
    tokens = _tokens(written)
    tests: list[Test] = []
    joint = ""
    while True:
        tests.append(_test(tokens, written))
        if not tokens:
            return Condition(tuple(tests), joint != "or", written.strip())
        kind, word = tokens.pop(0)
        if kind != "word" or word not in ("and", "or"):
            raise _wrong(f"{word!r} stands where `and`, `or` or the end is due")
        if joint and word != joint:
            raise _wrong("`and` and `or` are mixed")
        joint = word


def evaluate(condition: Condition, look_up: LookUp) -> Verdict:
    """Whether `condition` holds for the values that `look_up` gives."""
    verdicts = [_decide(test, look_up) for test in condition.tests]
    deciding = not condition.all_of
    for verdict in verdicts:
        if verdict.holds is deciding:
            return verdict
    for verdict in verdicts:
        if verdict.holds is None:
            return verdict
    return Verdict(not deciding, "; ".join(verdict.reason for verdict in verdicts))


def _decide(test: Test, look_up: LookUp) -> Verdict:
    values = look_up(test.subject)
    if isinstance(values, Unknown):
        return Verdict(None, values.why)
    match test.operator:
        case "exists":
            holds = bool(values)
        case "empty":
            holds = not values
        case "==":
            holds = test.text in values
        case _:
            holds = test.text not in values
    has = f"has {_some(values)}" if values else "has nothing"
    return Verdict(holds, f"needs {test}; {test.subject} {has}")


def _some(values: tuple[str, ...]) -> str:
    shown = ", ".join(f'"{value}"' for value in values[:3])
    return f"{shown} and {len(values) - 3} more" if len(values) > 3 else shown


def _tokens(written: str) -> list[tuple[str, str]]:
    if len(written) > LONGEST:
        raise _wrong(f"is longer than {LONGEST} characters")
    tokens: list[tuple[str, str]] = []
    position = 0
    text = written.strip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if not found or found.end() == position:
            raise _wrong(f"can't be read from {text[position : position + 20]!r} on")
        kind = str(found.lastgroup)
        tokens.append((kind, found[kind]))
        position = found.end()
    return tokens


def _test(tokens: list[tuple[str, str]], written: str) -> Test:
    if not tokens:
        raise _wrong("ends where a test is due" if written.strip() else "is empty")
    kind, word = tokens.pop(0)
    if kind != "subject":
        raise _wrong(f"{word!r} stands where a SUBJECT is due")
    subject = parse_subject(word)
    kind, word = tokens.pop(0) if tokens else ("", "the end")
    if kind == "word" and word == "not":
        kind, word = tokens.pop(0) if tokens else ("", "the end")
        if (kind, word) != ("word", "empty"):
            raise _wrong(f"after `not` stands {word!r}")
        return Test(subject, "exists")
    if kind == "word" and word in ("exists", "empty"):
        return Test(subject, word)
    if kind == "sign":
        operator = word
        kind, word = tokens.pop(0) if tokens else ("", "the end")
        if kind != "text":
            raise _wrong(f'after {operator} stands {word!r} and no "text"')
        return Test(subject, operator, word)
    raise _wrong(f"after {subject} stands {word!r}")


def parse_subject(word: str) -> Subject:
    """The subject that `word` names. Raises InputError for an unknown root or too few parts."""
    root, name, column = [*word.split(".", 2), "", ""][:3]
    if root not in ROOTS or not _SUBJECT.fullmatch(word):
        raise _wrong(f"nothing is called {word!r}")
    if column and root != "step":
        raise _wrong(f"{word!r} has one part too many")
    if root in ("given", "entity") and name not in (*ENTITY_KINDS, *KIND_ALIASES):
        raise InputError(
            f"there is no kind of entity {name!r}",
            cure=f"Allowed: {', '.join((*ENTITY_KINDS, *KIND_ALIASES))}.",
        )
    if root == "lineage" and name not in LINEAGE_NAMES:
        raise InputError(
            f"the lineage has no {name!r}", cure=f"Allowed: {', '.join(LINEAGE_NAMES)}."
        )
    return Subject(root, name, column or None)


def _wrong(what: str) -> InputError:
    return InputError(what, cure=f"Allowed: {FORMS}.")
