"""Partition projection: which partitions a table has without anybody having listed them.

Source: Athena User Guide, "Partition projection", "Supported types for partition projection",
"Set up partition projection" (NOW, ranges, intervals, formats of Java's DateTimeFormatter).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from trailtui.sim.engines.duck import QueryFailedError

_LETTERS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_LETTER_RUN = re.compile(r"([A-Za-z])\1*")
_NOW = re.compile(r"NOW(?:([+-]\d+)(\w+?)S?)?")
_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 604800}


def _wrong(column: str, why: str) -> QueryFailedError:
    return QueryFailedError(f"INVALID_TABLE_PROPERTY: the projection of {column}: {why}")


@dataclass(frozen=True)
class Projection:
    """How the values of one partition column are reckoned."""

    column: str
    properties: Mapping[str, str]
    now: datetime
    """The account's time."""

    def _told(self, what: str, default: str | None = None) -> str:
        found = self.properties.get(f"projection.{self.column}.{what}", default)
        if found is None:
            raise _wrong(self.column, f"{what} is missing")
        return found

    @property
    def kind(self) -> str:
        """ "enum", "integer", "date" or "injected"; raises QueryFailedError for anything else."""
        kind = self._told("type").lower()
        if kind not in ("enum", "integer", "date", "injected"):
            raise _wrong(self.column, f"the type {kind!r} is none")
        return kind

    def pattern(self) -> str:
        """A regular expression of what its values look like in a key."""
        if self.kind == "enum":
            return "|".join(re.escape(one) for one in self._values())
        if self.kind == "integer":
            return r"\d+"
        if self.kind == "date":
            return _LETTER_RUN.sub(lambda run: rf"\d{{{len(run[0])}}}", self._told("format"))
        return "[^/]+"

    def _values(self) -> list[str]:
        return [one.strip() for one in self._told("values").split(",")]

    def holds(self, value: str) -> bool:
        """Whether the column has this value."""
        if self.kind == "enum":
            return value in self._values()
        if self.kind == "integer":
            return self._holds_number(value)
        return self.kind == "injected" or self._holds_date(value)

    def _ends(self) -> tuple[str, str]:
        first, comma, last = self._told("range").partition(",")
        if not comma:
            raise _wrong(self.column, "its range has no two ends")
        return first.strip(), last.strip()

    def _holds_number(self, value: str) -> bool:
        first, last = map(int, self._ends())
        step = int(self._told("interval", "1"))
        digits = int(self._told("digits", "0"))
        inside = value.isdigit() and first <= int(value) <= last
        return (
            inside and (int(value) - first) % step == 0 and value == str(int(value)).zfill(digits)
        )

    def _holds_date(self, value: str) -> bool:
        format_ = self._format()
        first, last = (self._end(one, format_) for one in self._ends())
        unit = self._told("interval.unit", "DAYS").upper().removesuffix("S")
        if unit not in _SECONDS:
            raise _wrong(self.column, f"intervals of {unit} are not in this simulator")
        step = timedelta(seconds=_SECONDS[unit] * int(self._told("interval", "1")))
        try:
            at = datetime.strptime(value, format_).replace(tzinfo=UTC)
        except ValueError:
            return False
        if at.strftime(format_) != value:
            return False  # digits are missing
        return first <= at <= last and not (at - first) % step

    def _format(self) -> str:
        written = self._told("format")
        unknown = [run[0] for run in _LETTER_RUN.finditer(written) if run[0] not in _LETTERS]
        if unknown or "'" in written:
            raise _wrong(self.column, f"the format {written!r} is not in this simulator")
        return _LETTER_RUN.sub(lambda run: _LETTERS[run[0]], written)

    def _end(self, text: str, format_: str) -> datetime:
        """An end of the range, cut to what the format tells."""
        relative = _NOW.fullmatch(text.replace(" ", "").upper())
        if relative:
            at = self.now
            if relative[1]:
                if relative[2] not in _SECONDS:
                    raise _wrong(self.column, f"{text} is not in this simulator")
                at += timedelta(seconds=int(relative[1]) * _SECONDS[relative[2]])
            text = at.astimezone(UTC).strftime(format_)
        try:
            return datetime.strptime(text, format_).replace(tzinfo=UTC)
        except ValueError:
            raise _wrong(self.column, f"{text!r} is not of its format") from None
