"""What a query answers."""

from collections.abc import Mapping
from dataclasses import dataclass

Scalar = str | int | float | bool | None
"""A value of a result: JSON's scalars; times are ISO 8601 text in UTC, nested values JSON text."""


@dataclass(frozen=True, slots=True)
class Result:
    """Rows, and what was looked at to find them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    event_ids: tuple[int | None, ...]
    """The row of event_rows behind each row, where it stands for one event."""
    truncated: bool
    """Whether there are more rows than the limit let through."""
    looked_at: str
    """One sentence: how many events there are, from when to when, and what could not be read."""
    took_ms: int

    def as_dicts(self) -> list[Mapping[str, Scalar]]:
        """The rows with their columns' names."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]
