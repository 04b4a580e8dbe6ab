"""What a table in Athena has: which of CloudTrail's fields, and by which keys it is divided.

The documented table is the one of the CloudTrail User Guide ("Create a table for CloudTrail logs
in Athena using partition projection"); a table that AWS described is taken as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from trailtui.query.columns import EVENTS, Kind, paths

_DOCUMENTED_LACKS = (
    "managementevent", "annotation", "eventcontext", "insightdetails", "tlsdetails.keyexchange",
    "useridentity.credentialid", "useridentity.identityprovider", "useridentity.inscopeof",
    "useridentity.sessioncontext.assumedroot", "useridentity.sessioncontext.ec2issuedinvpc",
    "useridentity.sessioncontext.sourceidentity",
)  # fmt: skip
CURES = {
    "managementevent": "Ask eventCategory = 'Management'; records before event version 1.07 "
    "lack that as well.",
}
"""What to ask for instead of a field that a table may lack."""


@dataclass(frozen=True, slots=True)
class AthenaShape:
    """A table's columns and keys, as far as a query's words depend on them."""

    lacks: frozenset[str] = frozenset(_DOCUMENTED_LACKS)
    """Dotted names of CloudTrail's fields, in lower case, that it has no column for."""
    nested: frozenset[str] = frozenset()
    """Free-form fields that are no JSON text in it, as crawled tables have them."""
    day: str | None = "timestamp"
    """The partition that is the day of delivery; None: there is none."""
    day_format: str = "%Y/%m/%d"
    year: str | None = None
    """The partition that is the year of delivery, where the day is no key of its own."""
    year_is_text: bool = True
    among: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())
    """Partitions whose values are fixed by who asks: accounts, Regions."""

    def missing(self, path: Iterable[str]) -> str:
        """The part of a field's path that the table has no column for; "" where it has it."""
        dotted = ""
        for name in path:
            dotted = f"{dotted}.{name.lower()}" if dotted else name.lower()
            if dotted in self.lacks:
                return dotted
        return ""


def lacking(declared: Iterable[str]) -> frozenset[str]:
    """What a table lacks that declares these dotted names, in lower case."""
    have = frozenset(declared)
    return frozenset(
        path.lower()
        for path, column in paths()
        if not column.virtual and path.lower() not in have and not path.startswith("resources.")
    )


FREE_FORM = frozenset(name for name, column in EVENTS.items() if column.kind is Kind.MAP)
"""Fields whose members are not declared; the documented table has them as JSON text."""
