"""Putting one finding together: what every kind of finding has in common."""

from dataclasses import replace
from typing import Any

from trailtui.detect.envelopes import Piece
from trailtui.detect.named import Named
from trailtui.detect.node import Node, cleaned, moment_ms
from trailtui.model.finding import BEFORE_MS, Finding, window_around

MOST_DETAILS = 60

Bounds = tuple[tuple[float, str], ...]


class Built:
    """A finding that is being read: its entities, details and what it lacks."""

    def __init__(self, piece: Piece, node: Node, named: Named) -> None:
        self.piece = piece
        self.node = node
        self.named = named
        self.account = ""
        self.region = ""
        self._details: dict[tuple[str, str], None] = {}
        self._lacks: list[str] = []

    def place(self, account: str, region: str) -> None:
        """Account and Region: what the finding says, else what the envelope says."""
        around = self.piece.around
        for value in (account, around.account):
            if not self.account and self.named.add("account", value, "the account"):
                self.account = value.strip()
        for value in (region, around.region):
            if not self.region and self.named.add("region", value, "the Region"):
                self.region = value.strip()

    def detail(self, name: str, value: str) -> None:
        """Keep a text that is worth reading; empty ones are nothing."""
        if value.strip() and len(self._details) < MOST_DETAILS:
            self._details[(name, cleaned(value))] = None

    def details_of(self, name: str) -> list[str]:
        """The texts kept under a name."""
        return [value for label, value in self._details if label == name]

    def lacks(self, sentence: str) -> None:
        """Say something that the finding lacks."""
        self._lacks.append(sentence)

    def finding(
        self,
        *,
        first_ms: int | None,
        last_ms: int | None,
        created_ms: int | None = None,
        updated_ms: int | None = None,
        before_ms: int = BEFORE_MS,
        title: str | None = None,
        description: str | None = None,
        **members: Any,  # noqa: ANN401  (members of Finding, checked by its own type)
    ) -> Finding:
        """The finding, with its window and everything that is missing in it."""
        first_ms, last_ms = self._seen(first_ms, last_ms, created_ms, updated_ms)
        made = Finding(
            title=self.node.text("title") if title is None else cleaned(title),
            description=self.node.text("description") if description is None else description,
            first_ms=first_ms,
            last_ms=last_ms,
            updated_ms=updated_ms if updated_ms is not None else created_ms,
            account=self.account,
            region=self.region,
            entities=self.named.entities,
            window=window_around(first_ms, last_ms, before_ms),
            details=tuple(self._details),
            position=self.piece.position,
            **members,
        )
        return replace(made, missing=self._missing(made))

    def _seen(
        self, first: int | None, last: int | None, created: int | None, updated: int | None
    ) -> tuple[int | None, int | None]:
        """First and last seen; where they lack, the nearest times there are."""
        if first is None and last is None:
            told = moment_ms(self.piece.around.time)
            first = created if created is not None else updated if updated is not None else told
            last = updated if updated is not None else first
            if first is None:
                self.lacks("it has no time at all: the window is open")
            else:
                self.lacks("it does not say when it was seen; the times of the finding are taken")
        elif first is None or last is None:
            self.lacks(f"it does not say when it was {'first' if first is None else 'last'} seen")
        first = last if first is None else first
        last = first if last is None else last
        if first is not None and last is not None and last < first:
            self.lacks("it was last seen before it was first seen; the times are taken in order")
            first, last = last, first
        return first, last

    def _missing(self, made: Finding) -> tuple[str, ...]:
        if not made.names_somebody:
            self.lacks("it names nobody: no credential, principal, address or user agent")
        if not made.account:
            self.lacks("it names no account")
        if not made.region:
            self.lacks("it names no Region")
        said = (*self._lacks, *self.named.finish(), *self.node.faults)
        return tuple(dict.fromkeys(cleaned(sentence) for sentence in said))


def severity_by_bounds(severity: float | None, bounds: Bounds) -> str:
    """The word of the first bound that a severity reaches; empty where there is no severity."""
    if severity is None:
        return ""
    return next((word for least, word in bounds if severity >= least), "informational")
