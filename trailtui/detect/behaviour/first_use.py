"""What a principal did for the first time after it had been known for a while.

A service, a Region, a kind of client or a network that a principal used never before, although the
case has at least a day and a good number of its events from before. A case that begins with the
intrusion has no such past: then nothing is found, and that means nothing.
"""

from collections.abc import Callable, Iterable
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
        made.append(ComputedRule(case, facts, _computation(column, what, folded)))
    return made


def _computation(
    column: str, what: str, fold: Callable[[str], str | None]
) -> Callable[[Case], list[Unusual]]:
    return lambda case: _first_uses(case, column, what, fold)


def _first_uses(
    case: Case, column: str, what: str, fold: Callable[[str], str | None]
) -> list[Unusual]:
    begins = _beginnings(case)
    firsts: dict[int, dict[str, int]] = {}
    rows = case.connection.execute(
        f"SELECT v.principal, s.text, v.first FROM (SELECT principal, {column} AS value, "  # noqa: S608
        "min(id) AS first FROM event_rows WHERE flags & 64 = 0 AND principal IS NOT NULL "
        "GROUP BY principal, value) v JOIN strings s ON s.id = v.value"
    )
    for principal, text, first in rows:
        value = fold(text)
        if value is not None:
            known = firsts.setdefault(principal, {})
            known[value] = min(first, known.get(value, first))
    found: list[Unusual] = []
    for principal, values in sorted(firsts.items()):
        new = {
            value: first
            for value, first in values.items()
            if (first >> 31) - begins[principal] >= KNOWN_SECONDS
            and _had_past(case, principal, first)
        }
        if 0 < len(new) <= MOST_NEW and len(new) < len(values):
            named = ", ".join(value[:60] for value in sorted(new, key=lambda one: new[one]))
            found.append((principal, list(new.values()), f"new {what}: {named}"))
    return found


def _beginnings(case: Case) -> dict[int, int]:
    """The second in which each principal was first seen."""
    rows = case.connection.execute(
        "SELECT principal, min(id) >> 31 FROM event_rows WHERE flags & 64 = 0 "
        "AND principal IS NOT NULL GROUP BY principal"
    )
    return dict(rows)


def _had_past(case: Case, principal: int, first: int) -> bool:
    """Whether the case has enough of a principal's events from before a row."""
    row = case.connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM event_rows WHERE id < ? AND actor IN (SELECT id FROM "
        "actors WHERE principal = (SELECT text FROM strings WHERE id = ?)) LIMIT ?)",
        [first, principal, KNOWN_EVENTS],
    ).fetchone()
    return int(row[0]) >= KNOWN_EVENTS


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


_WATCHED: Iterable[tuple[str, str, str, Callable[[str], str | None]]] = (
    ("source", "service", "low", _as_it_is),
    ("region", "Region", "medium", _as_it_is),
    ("agent", "kind of client", "low", client_of),
    ("ip", "network", "low", network_of),
)
