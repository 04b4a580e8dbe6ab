"""What a principal did for the first time after it had been known for a while.

A service, a Region, a kind of client or a network that a principal used never before, although the
case has at least a day and a good number of its events from before. A case that begins with the
intrusion has no such past: then nothing is found, and that means nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network

from trailtui.case.file import Case
from trailtui.detect.behaviour.computed import ComputedRule, Unusual, behaviour_facts
from trailtui.detect.enrich.enrichment import Enrichment
from trailtui.detect.enrich.sources import ASN

KNOWN_SECONDS = 24 * 3600
"""How long a principal has to be known before something is new for it."""
KNOWN_EVENTS = 50
"""How many events the case must have of it from before."""
MOST_NEW = 8
"""A principal that does more new things than this does something new all the time."""
_SETTINGS = (KNOWN_SECONDS, KNOWN_EVENTS, MOST_NEW)

_NEXT = "See what else the principal did around that time, and whether the same credential did it."


def first_use_rules(case: Case, known: Enrichment | None = None) -> list[ComputedRule]:
    """One rule each for services, Regions, kinds of clients, and networks.

    Where an ASN database is given, a network is whose it is, not a /24 of it.
    """
    made: list[ComputedRule] = []
    pasts = cache(lambda: _read_pasts(case))
    owners = known if known is not None and known.owners is not None else None
    for column, what, severity, fold in _WATCHED:
        folded, settings = fold, _SETTINGS
        if column == "ip" and owners is not None:
            folded, settings = _owner_in(owners), (*_SETTINGS, owners.sha256_of(ASN))
        facts = behaviour_facts(
            f"first-use-of-a-{what.replace(' ', '-')}",
            f"A principal's first use of a {what}",
            severity,
            settings,
            description=f"A {what} that the principal did not use before, as far as the case goes.",
            next_step=_NEXT,
            attack="T1078.004",
        )
        made.append(ComputedRule(case, facts, _computation(pasts, column, what, folded)))
    return made


@dataclass(slots=True)
class _Pasts:
    """What a case has of each principal, by its id in `strings`."""

    begins: dict[int, int]
    """The second in which it was first seen."""
    known_from: dict[int, int]
    """The row from which on it has KNOWN_EVENTS before; principals with fewer are not in it."""
    firsts: dict[str, dict[int, dict[int, int]]]
    """By column and principal: the first row of each value."""


def _read_pasts(case: Case) -> _Pasts:
    """All of it in one pass over the rows in their order: a million take about two seconds."""
    columns = [column for column, *_ in _WATCHED]
    begins: dict[int, int] = {}
    counts: dict[int, int] = {}
    known_from: dict[int, int] = {}
    firsts: dict[str, dict[int, dict[int, int]]] = {column: {} for column in columns}
    tables = list(firsts.values())
    rows = case.connection.execute(
        f"SELECT id, principal, {', '.join(columns)} FROM event_rows "  # noqa: S608
        "WHERE flags & 64 = 0 AND principal IS NOT NULL ORDER BY id"
    )
    for event, principal, *values in rows:
        count = counts.get(principal, 0)
        if not count:
            begins[principal] = event >> 31
            for table in tables:
                table[principal] = {}
        elif count == KNOWN_EVENTS:
            known_from[principal] = event
        counts[principal] = count + 1
        for table, value in zip(tables, values, strict=True):
            mine = table[principal]
            if value not in mine:
                mine[value] = event
    return _Pasts(begins, known_from, firsts)


def _computation(
    pasts: Callable[[], _Pasts], column: str, what: str, fold: Callable[[str], str | None]
) -> Callable[[Case], list[Unusual]]:
    return lambda case: _first_uses(case, pasts(), column, what, fold)


def _first_uses(
    case: Case, pasts: _Pasts, column: str, what: str, fold: Callable[[str], str | None]
) -> list[Unusual]:
    names = _folded(case, column, fold)
    found: list[Unusual] = []
    for principal, first_rows in sorted(pasts.firsts[column].items()):
        values: dict[str, int] = {}
        for number, first in first_rows.items():
            if (value := names.get(number)) is not None:
                values[value] = min(first, values.get(value, first))
        known_from = pasts.known_from.get(principal)
        begin = pasts.begins[principal]
        new = {
            value: first
            for value, first in values.items()
            if known_from is not None
            and first >= known_from
            and (first >> 31) - begin >= KNOWN_SECONDS
        }
        if 0 < len(new) <= MOST_NEW and len(new) < len(values):
            named = ", ".join(value[:60] for value in sorted(new, key=lambda one: new[one]))
            found.append((principal, list(new.values()), f"new {what}: {named}"))
    return found


def _folded(
    case: Case, column: str, fold: Callable[[str], str | None]
) -> dict[int | None, str | None]:
    """What each of a column's values counts as, by its id."""
    rows = case.connection.execute(
        f"SELECT s.id, s.text FROM (SELECT DISTINCT {column} AS id FROM event_rows) v "  # noqa: S608
        "JOIN strings s ON s.id = v.id"
    )
    return {number: fold(text) for number, text in rows}


def client_of(agent: str) -> str | None:
    """The kind of client in a user agent: its first word without the version."""
    words = agent.strip().strip("[]").split()
    return words[0].partition("/")[0].lower()[:80] if words else None


def network_of(address: str) -> str | None:
    """The network of an address, /24 or /48; None for a service's name."""
    try:
        parsed = ip_address(address.strip().partition("%")[0])
        length = 48 if isinstance(parsed, IPv6Address) else 24
        return str(ip_network(f"{parsed}/{length}", strict=False))
    except ValueError:
        return None


def _owner_in(known: Enrichment) -> Callable[[str], str | None]:
    """Whose network an address is in; by its numbers where the database does not know."""

    def fold(address: str) -> str | None:
        owner = known.about(address).owner
        return network_of(address) if owner is None else str(owner)

    return fold


def _as_it_is(text: str) -> str | None:
    return text


_WATCHED: tuple[tuple[str, str, str, Callable[[str], str | None]], ...] = (
    ("source", "service", "low", _as_it_is),
    ("region", "Region", "medium", _as_it_is),
    ("agent", "kind of client", "low", client_of),
    ("ip", "network", "low", network_of),
)
