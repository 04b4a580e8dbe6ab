"""The page of the case, and the calls that attackers make."""

from dataclasses import dataclass

from trailtui.report.view.events import Reference


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line of the page; one with a section begins that section."""

    section: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class RiskyLine:
    """A call that attackers make, with the first and the last event that bear its name."""

    source: str
    name: str
    succeeded: int
    failed: int
    changes: int
    principals: int
    attack: tuple[str, ...]
    says: str
    first: Reference | None
    last: Reference | None


@dataclass(frozen=True, slots=True)
class Page:
    """The case on one page."""

    lines: tuple[PageLine, ...]
    risky: tuple[RiskyLine, ...]
    more_risky: int
