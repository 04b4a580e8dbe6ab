"""Where the values of `for_each` come from, and which rows of a step count.

step.created.target where eventName == "CreateUser" and errorCode empty
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from trailtui.model.errors import InputError
from trailtui.playbook.condition import LONGEST, Subject, parse_subject
from trailtui.playbook.template import Scalar

FORMS = (
    "given.KIND, input.NAME, lineage.NAME or step.STEP.COLUMN, the last also with "
    '`where COLUMN == "text"`, `!= "text"`, `exists`, `empty` or `not empty`, joined by `and`'
)
"""For complaints: all that a source may be."""

ROOTS = ("given", "input", "step", "lineage")

_TEST = re.compile(
    r'\s*([A-Za-z_][A-Za-z0-9_.]*)\s*(?:\b(exists|empty|not\s+empty)|(==|!=)\s*"([^"\\]*)")\s*'
)
_AND = re.compile(r"and\b")


@dataclass(frozen=True, slots=True)
class ColumnTest:
    """What a cell of a row must be like; a cell without a value is an empty text."""

    column: str
    operator: str
    """exists | empty | == | !="""
    text: str = ""

    def holds(self, cell: Scalar) -> bool:
        """Whether a cell is like that."""
        value = "" if cell is None else str(cell)
        match self.operator:
            case "exists":
                return bool(value)
            case "empty":
                return not value
            case "==":
                return value == self.text
            case _:
                return value != self.text


@dataclass(frozen=True, slots=True)
class ValueSource:
    """One source of `for_each`."""

    subject: Subject
    tests: tuple[ColumnTest, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a step's result must have for it."""
        own = (self.subject.column,) if self.subject.column else ()
        return (*own, *(test.column for test in self.tests))


def parse_source(written: str) -> ValueSource:
    """Parse one source. Raises InputError with what is wrong and what is allowed."""
    if len(written) > LONGEST:
        raise _wrong(f"is longer than {LONGEST} characters")
    head, where, tail = written.strip().partition(" where ")
    subject = parse_subject(head.strip())
    if subject.root not in ROOTS:
        raise _wrong(f"nothing can be gone through in {head.strip()!r}")
    if subject.root == "step" and not subject.column:
        raise _wrong(f"{head.strip()!r} names no column")
    if not where:
        return ValueSource(subject)
    if subject.root != "step":
        raise _wrong(f"{head.strip()!r} has no rows to choose from")
    return ValueSource(subject, tuple(_tests(tail)))


def _tests(written: str) -> Sequence[ColumnTest]:
    tests: list[ColumnTest] = []
    position = 0
    while True:
        found = _TEST.match(written, position)
        if not found:
            raise _wrong(f"can't be read from {written[position : position + 20]!r} on")
        word = " ".join((found[2] or "").split())
        operator = "exists" if word == "not empty" else word or found[3]
        tests.append(ColumnTest(found[1], operator, found[4] or ""))
        position = found.end()
        if position == len(written):
            return tests
        joint = _AND.match(written, position)
        if not joint:
            raise _wrong(f"can't be read from {written[position : position + 20]!r} on")
        position = joint.end()


def _wrong(what: str) -> InputError:
    return InputError(what, cure=f"Allowed: {FORMS}.")
