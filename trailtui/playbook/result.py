"""What a step made, as it is kept in the case."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from trailtui.model.errors import CaseError
from trailtui.playbook.sources import ColumnTest
from trailtui.playbook.template import Scalar


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that a step wrote."""

    path: str
    sha256: str
    """Of its bytes; of a bundle, the root hash."""


@dataclass(frozen=True, slots=True)
class Part:
    """One run of a step; with `for_each` there is one for each value."""

    kind: str
    """query, action, manual, ...: see document.RUN_KINDS."""
    name: str
    parameters: dict[str, Scalar]
    """`with`, as it was filled in."""
    each: str | None = None
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Scalar, ...], ...] = ()
    event_ids: tuple[int | None, ...] = ()
    """For each row the event behind it, where the query has one."""
    truncated: bool = False
    looked_at: str = ""
    target: str = ""
    """What an action is aimed at."""
    plan_hash: str = ""
    """The plan that was made for it."""
    already: str = ""
    """Why no plan was needed: the state is what the action would bring about."""
    files: tuple[WrittenFile, ...] = ()
    by_hand: str = ""
    """Why the responder has to do it; empty where the program did."""
    error: str = ""
    """Why it failed; empty where it did not."""
    skipped: str = ""
    """The reason the responder gave for leaving it undone."""

    @property
    def digest(self) -> str:
        """SHA-256 of columns and rows as JSON, as the action log has it."""
        return hashlib.sha256(msgspec.json.encode((self.columns, self.rows))).hexdigest()

    @property
    def label(self) -> str:
        """What tells it from the step's other parts."""
        return self.target or self.each or self.name

    def skipped_because(self, reason: str) -> "Part":
        """The same, left undone."""
        return replace(self, skipped=reason)


@dataclass(frozen=True, slots=True)
class StepResult:
    """All parts of a step's last run."""

    parts: tuple[Part, ...]
    ran_ms: int
    left_out: int = 0
    """Values of `for_each` beyond the most that are run."""

    def values(self, column: str, tests: Sequence[ColumnTest] = ()) -> tuple[str, ...]:
        """The distinct values of a column over all parts, as text, in order; None is left out.

        With `tests`, only of the rows that pass them all.
        """
        found: dict[str, None] = {}
        for part in self.parts:
            if column not in part.columns:
                continue
            at = part.columns.index(column)
            chosen = [(part.columns.index(test.column), test) for test in tests]
            for row in part.rows:
                counts = all(test.holds(row[place]) for place, test in chosen)
                if counts and row[at] is not None and row[at] != "":
                    found[str(row[at])] = None
        return tuple(found)

    def lacks(self, columns: Sequence[str]) -> str:
        """The first of `columns` that the parts with rows do not have; empty: they have all."""
        for column in columns:
            if any(part.columns and column not in part.columns for part in self.parts):
                return column
        return ""


def encode(result: StepResult) -> str:
    """The result as JSON text for the case."""
    return msgspec.json.encode(result).decode()


def decode(text: str) -> StepResult:
    """The result that `encode` wrote. Raises CaseError for anything else."""
    try:
        return msgspec.json.decode(text, type=StepResult)
    except msgspec.DecodeError as error:
        raise CaseError(f"a step's result can't be read: {error}") from error
