"""A principal at two places that nobody can get between in that time.

Needs a database of places. Events of one principal, whatever its credentials (keys, console), are
taken in their order; of a role each session's name is somebody of its own, as many may share the
role. Addresses of AWS, private ones and services tell no place of a person and are left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from trailtui.case.file import Case
from trailtui.detect.behaviour.computed import ComputedRule, Unusual, behaviour_facts
from trailtui.detect.behaviour.instances import is_instance
from trailtui.detect.behaviour.uses import Use, Used, actors
from trailtui.detect.enrich.enrichment import Enrichment
from trailtui.detect.enrich.geo import Place
from trailtui.detect.enrich.networks import is_public, parse_address
from trailtui.detect.enrich.sources import ASN, AWS_RANGES, GEOIP

FASTEST_KMH = 900.0
"""An airliner."""
LEAST_KM = 500.0
"""Nearer places are left out: databases are wrong by that much, and networks move people."""
CONTINENTS_SECONDS = 3600
"""Where a database has no coordinates: another continent within that time."""
MOST_JUMPS = 200
"""Jumps whose events a finding has; the count in its detail is of all."""
_SETTINGS = (FASTEST_KMH, LEAST_KM, CONTINENTS_SECONDS, MOST_JUMPS)
_EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class _Sight:
    """A principal at a place."""

    event: int
    at_ms: int
    address: str
    place: Place


@dataclass(frozen=True, slots=True)
class _Jump:
    before: _Sight
    after: _Sight
    km: float | None
    """None where only the continents are known."""


def travel_rules(case: Case, known: Enrichment, used: Used) -> list[ComputedRule]:
    """The one rule; none where no database of places is given."""
    if known.places is None:
        return []
    shas = (known.sha256_of(GEOIP), known.sha256_of(ASN), known.sha256_of(AWS_RANGES))
    facts = behaviour_facts(
        "impossible-travel", "A principal at two places too far apart", "medium",
        (*_SETTINGS, shas),
        description="Two uses of a principal, farther apart than anybody travels in that time.",
        next_step="See which of the two places is its own; a VPN, a shared session name or runners "
        "of a build service look the same. Else cut off the credential of the other one.",
        attack="T1078.004",
    )  # fmt: skip
    return [ComputedRule(case, facts, lambda opened: _travels(opened, known, used))]


def _travels(case: Case, known: Enrichment, used: Used) -> list[Unusual]:
    names = {
        actor.id: f"{actor.principal} · {actor.session}" if actor.session else actor.principal
        for actor in actors(case)
        if not is_instance(actor.session)
    }
    placed: dict[str, list[tuple[Use, Place]]] = {}
    for use in used():
        name = names.get(use.actor)
        place = None if name is None else _place(known, use.address)
        if name is not None and place is not None:
            placed.setdefault(name, []).append((use, place))
    found: list[Unusual] = []
    for name, there in placed.items():
        if _is_far(there):
            jumps = list(_jumps(_sights(case, there)))
            if jumps:
                found.append((name, _events(jumps), _told(jumps)))
    return found


def _place(known: Enrichment, address: str) -> Place | None:
    """Where an address is, if that tells where a person is."""
    parsed = parse_address(address)
    if parsed is None or not is_public(parsed) or known.is_aws(address):
        return None
    place = known.about(address).place
    return place if place is not None and (place.latitude is not None or place.continent) else None


def _is_far(there: Sequence[tuple[Use, Place]]) -> bool:
    """Whether two of the places can be far enough from each other; all near the first can't."""
    first = there[0][1]
    for _, place in there[1:]:
        km = kilometres(first, place)
        if km is None:
            if place != first:
                return True
        elif km > LEAST_KM / 2:
            return True
    return False


def _sights(case: Case, there: Sequence[tuple[Use, Place]]) -> Iterator[_Sight]:
    """Each change of place: the last event at the one, the first at the other."""
    placed = {(use.actor, use.ip): (use, place) for use, place in there}
    rows: list[tuple[int, int, int, int]] = []
    for actor in {use.actor for use, _ in there}:
        found = case.connection.execute(
            "SELECT id, millis, actor, ip FROM event_rows WHERE actor = ? AND flags & 64 = 0",
            [actor],
        )
        rows += [row for row in found if (row[2], row[3]) in placed]
    rows.sort()
    before: _Sight | None = None
    for event, millis, actor, ip in rows:
        use, place = placed[actor, ip]
        sight = _Sight(event, (event >> 31) * 1000 + millis, use.address, place)
        if before is not None and before.place is not place and before.place != place:
            yield before
            yield sight
        before = sight


def _jumps(sights: Iterator[_Sight]) -> Iterator[_Jump]:
    """The changes of place, which come in pairs, that are too fast."""
    for before, after in zip(sights, sights, strict=True):
        seconds = (after.at_ms - before.at_ms) / 1000
        km = kilometres(before.place, after.place)
        if km is None:
            continents = before.place.continent, after.place.continent
            if all(continents) and len({*continents}) == 2 and seconds < CONTINENTS_SECONDS:
                yield _Jump(before, after, None)
        elif km > LEAST_KM and km > FASTEST_KMH * seconds / 3600:
            yield _Jump(before, after, km)


def kilometres(one: Place, other: Place) -> float | None:
    """The least distance of two places, as far as each may be off; None without coordinates."""
    if one.latitude is None or one.longitude is None:
        return None
    if other.latitude is None or other.longitude is None:
        return None
    north, south = radians(one.latitude), radians(other.latitude)
    east = radians(other.longitude - one.longitude)
    half = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(east / 2) ** 2
    return max(0.0, 2 * _EARTH_KM * asin(min(1.0, sqrt(half))) - one.radius_km - other.radius_km)


def _events(jumps: Sequence[_Jump]) -> list[int]:
    return [sight.event for jump in jumps[:MOST_JUMPS] for sight in (jump.before, jump.after)]


def _told(jumps: Sequence[_Jump]) -> str:
    first = jumps[0]
    minutes = (first.after.at_ms - first.before.at_ms) / 60_000
    far = "another continent" if first.km is None else f"{first.km:,.0f} km"
    more = f"; {len(jumps):,} times in all" if len(jumps) > 1 else ""
    return f"{_where(first.before)}, then {_where(first.after)}: {far} in {minutes:,.0f} min{more}"


def _where(sight: _Sight) -> str:
    return f"{sight.place.country} {sight.place.city}".strip() + f" ({sight.address})"
