"""What is shown beside an event and an address, in the same words everywhere."""

from trailtui.case.events import EventRow
from trailtui.detect.enrich.enrichment import Enrichment
from trailtui.detect.enrich.meanings import meaning

MEANING_COLUMNS = ("risky", "attack", "meaning", "address is")
ON_A_LIST = "on a list"
"""The label of a hit."""
RISKY = " · risky"
"""How the techniques of a risky call end."""


def meaning_cells(row: EventRow, known: Enrichment) -> tuple[object, ...]:
    """An event in the order of MEANING_COLUMNS; None where nothing is known."""
    means = meaning(row.source, row.name)
    where = known.about(row.ip).words() or None
    if means is None:
        return None, None, None, where
    return means.risky, ", ".join(means.attack), means.says, where


def known_of_event(row: EventRow, known: Enrichment) -> tuple[tuple[str, str], ...]:
    """What is known of an event's call and address, as labels and words; hits of lists besides.

    The words of lists and databases come from files: whoever shows them makes them safe.
    """
    told: list[tuple[str, str]] = []
    means = meaning(row.source, row.name)
    if means is not None:
        told.append(("means", means.says))
        told.append(("ATT&CK", ", ".join(means.attack) + (RISKY if means.risky else "")))
    told += known_of_address(row.ip, known)
    return tuple(told)


def known_of_address(text: str | None, known: Enrichment) -> tuple[tuple[str, str], ...]:
    """What is known of an address, and which of the case's files could not be asked."""
    facts = known.about(text)
    whose = facts.whose()
    told = [("address is", whose)] if whose else []
    told += [(ON_A_LIST, str(hit)) for hit in facts.hits]
    told += [("not asked", problem) for problem in known.problems] if text else []
    return tuple(told)
