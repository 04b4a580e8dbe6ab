"""Credentials of EC2 instances that are used away from their instance.

An instance's role has sessions called after the instance (`i-0123456789abcdef0`). They are met at
the instance's own address, at that of the NAT before it, or, through VPC endpoints, at its private
one. Somebody else who holds them is met elsewhere: outside AWS, or, in AWS, at a second address
that is used beside the first one, or through an endpoint of another network. An instance that was
stopped and started has another address and other credentials from then on, and is left out.
Source: GuardDuty User Guide, "InstanceCredentialExfiltration"; CloudTrail record contents,
`vpcEndpointId`, `vpcEndpointAccountId`, `ec2RoleDelivery`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from trailtui.case.file import Case
from trailtui.detect.behaviour.computed import ComputedRule, Unusual, behaviour_facts
from trailtui.detect.behaviour.endpoints import EndpointUse, endpoint_uses, read_record
from trailtui.detect.behaviour.uses import Actor, Use, Used, actors
from trailtui.detect.enrich.enrichment import Enrichment
from trailtui.detect.enrich.networks import is_public, parse_address
from trailtui.detect.enrich.sources import ASN, AWS_RANGES
from trailtui.detect.scan.conditions import members_of

MOST_ADDRESSES = 4
"""An instance with more second addresses than this goes out through a pool of them."""
MANY_INSTANCES = 3
"""An account whose endpoints so many instances use keeps them for all: a shared network."""
MOST_EVENTS = 10_000
"""Events of one finding."""
_SETTINGS = (MOST_ADDRESSES, MANY_INSTANCES, MOST_EVENTS)
_INSTANCE = re.compile(r"i-[0-9a-f]{8}(?:[0-9a-f]{9})?", re.IGNORECASE)


def is_instance(session: str) -> bool:
    """Whether a session is called as an instance's are."""
    return _INSTANCE.fullmatch(session) is not None


@dataclass(slots=True)
class _Instance:
    """An instance's sessions with one role, and where they were used."""

    role: str
    name: str
    account: str
    actors: dict[int, Actor] = field(default_factory=dict[int, Actor])
    uses: list[Use] = field(default_factory=list[Use])

    @property
    def about(self) -> str:
        """What a finding is called after."""
        return f"{self.role} · {self.name}"


def instance_rules(case: Case, known: Enrichment, used: Used) -> list[ComputedRule]:
    """Outside AWS, as far as AWS's ranges or an ASN database are given; elsewhere within it."""
    outside = behaviour_facts(
        "instance-credentials-outside-aws", "An instance's credentials were used outside AWS",
        "high", (*_SETTINGS, known.sha256_of(AWS_RANGES), known.sha256_of(ASN)),
        description="Calls with credentials of an EC2 instance from an address that is not AWS's.",
        next_step="Unless the instance goes out through your own network: revoke the role's "
        "sessions, isolate the instance, and look for how its credentials got out.",
        attack="T1552.005 T1078.004",
    )  # fmt: skip
    elsewhere = behaviour_facts(
        "instance-credentials-elsewhere", "An instance's credentials were used at a second place",
        "medium", (*_SETTINGS, known.sha256_of(AWS_RANGES), known.sha256_of(ASN)),
        description="Calls with credentials of an EC2 instance from an address or a VPC endpoint "
        "beside the one that it uses.",
        next_step="See whether both addresses are of the instance or of its NAT; else revoke the "
        "role's sessions and look for how the credentials got out.",
        attack="T1552.005 T1078.004",
    )  # fmt: skip
    return [
        ComputedRule(case, outside, lambda opened: _each(opened, used, _outside(known))),
        ComputedRule(case, elsewhere, lambda opened: _elsewhere(opened, known, used)),
    ]


def _each(
    case: Case, used: Used, look: Callable[[_Instance], tuple[list[Use], str]]
) -> list[Unusual]:
    found: list[Unusual] = []
    for instance in _instances(case, used):
        away, told = look(instance)
        if away:
            delivered = _delivery(case, away[0].first)
            found.append((instance.about, _events(case, away), f"{told}; {delivered}"))
    return found


def _instances(case: Case, used: Used) -> list[_Instance]:
    found: dict[tuple[str, str], _Instance] = {}
    by_actor: dict[int, _Instance] = {}
    for actor in actors(case):
        if actor.kind == "AssumedRole" and is_instance(actor.session):
            instance = found.setdefault(
                (actor.principal, actor.session),
                _Instance(actor.principal, actor.session, actor.account),
            )
            instance.actors[actor.id] = actor
            by_actor[actor.id] = instance
    if by_actor:
        for use in used():
            if use.actor in by_actor and parse_address(use.address) is not None:
                by_actor[use.actor].uses.append(use)
    return list(found.values())


def _outside(known: Enrichment) -> Callable[[_Instance], tuple[list[Use], str]]:
    def look(instance: _Instance) -> tuple[list[Use], str]:
        away = [
            use
            for use in instance.uses
            if _is_public(use.address) and known.is_aws(use.address) is False
        ]
        inside = [use for use in instance.uses if use not in away]
        beside = f"otherwise used at {_addresses(inside)}" if inside else "used nowhere else"
        return away, f"used at {_addresses(away, known)}, which is not AWS's; {beside}"

    return look


def _elsewhere(case: Case, known: Enrichment, used: Used) -> list[Unusual]:
    instances = _instances(case, used)
    endpoints = endpoint_uses(case, [use for each in instances for use in _private(each)])
    shared = _shared_owners(instances, endpoints)

    def look(instance: _Instance) -> tuple[list[Use], str]:
        public = [
            use
            for use in instance.uses
            if _is_public(use.address) and known.is_aws(use.address) is not False
        ]
        away, told = list[Use](), list[str]()
        for group in (public, _private(instance)):
            second = _second_places(instance, group)
            if second:
                first = [use for use in group if use not in second]
                away += second
                told.append(f"used at {_addresses(second, known)} beside {_addresses(first)}")
        for use, words in _other_endpoints(instance, endpoints, shared):
            away.append(use)
            told.append(words)
        return away, "; ".join(dict.fromkeys(told))

    return _each(case, used, look)


def _second_places(instance: _Instance, group: Sequence[Use]) -> list[Use]:
    """Uses of addresses that came beside one that was in use, with the same credential or after."""
    second: dict[str, list[Use]] = {}
    for at, use in enumerate(group):
        if use.address in second:
            second[use.address].append(use)
            continue
        before = [
            other for other in group[:at]
            if other.address != use.address and other.address not in second
        ]  # fmt: skip
        known = any(other.address == use.address for other in group[:at])
        if before and not known and _is_beside(instance, use, before, group):
            second[use.address] = [use]
    if len(second) > MOST_ADDRESSES:
        return []
    return [use for each in second.values() for use in each]


def _is_beside(instance: _Instance, use: Use, before: Sequence[Use], group: Sequence[Use]) -> bool:
    """Whether the credential was in use elsewhere, or the address before is used on after it."""
    credential = instance.actors[use.actor].credential
    addresses = {other.address for other in before}
    same = any(
        credential and instance.actors[other.actor].credential == credential for other in before
    )
    return same or any(other.address in addresses and other.last > use.first for other in group)


def _other_endpoints(
    instance: _Instance, endpoints: dict[int, list[EndpointUse]], shared: set[str]
) -> list[tuple[Use, str]]:
    """Uses of an endpoint beside another one for the same service, or of another account's."""
    found: list[tuple[Use, str]] = []
    by_service: dict[str, str] = {}
    for use in _private(instance):
        for each in endpoints.get(use.first, []):
            first = by_service.setdefault(each.source, each.endpoint)
            foreign = each.owner and each.owner != instance.account and each.owner not in shared
            if first != each.endpoint:
                found.append((use, f"through {each.endpoint} beside {first}"))
            elif foreign:
                found.append((use, f"through {each.endpoint} of account {each.owner}"))
    return found


def _shared_owners(
    instances: Sequence[_Instance], endpoints: dict[int, list[EndpointUse]]
) -> set[str]:
    """Accounts whose endpoints many instances use."""
    users: dict[str, set[str]] = {}
    for instance in instances:
        for use in instance.uses:
            for each in endpoints.get(use.first, []):
                users.setdefault(each.owner, set()).add(instance.name)
    return {owner for owner, names in users.items() if len(names) >= MANY_INSTANCES}


def _private(instance: _Instance) -> list[Use]:
    return [use for use in instance.uses if not _is_public(use.address)]


def _is_public(address: str) -> bool:
    parsed = parse_address(address)
    return parsed is not None and is_public(parsed)


def _addresses(some: Sequence[Use], known: Enrichment | None = None) -> str:
    named = list(dict.fromkeys(use.address for use in some))
    told = [
        f"{address} ({words})" if known and (words := known.about(address).words()) else address
        for address in named[:3]
    ]
    return ", ".join(told) + (f" and {len(named) - 3} more" if len(named) > 3 else "")


def _events(case: Case, away: Sequence[Use]) -> list[int]:
    found: list[int] = []
    for use in away:
        rows = case.connection.execute(
            "SELECT id FROM event_rows WHERE actor = ? AND +ip = ? AND flags & 64 = 0 LIMIT ?",
            [use.actor, use.ip, MOST_EVENTS - len(found)],
        )
        found += [row[0] for row in rows]
    return found


def _delivery(case: Case, event: int) -> str:
    """What the record says of how the instance got the credentials."""
    identity = members_of(read_record(case, event).get("userIdentity"))
    version = members_of(identity.get("sessionContext")).get("ec2RoleDelivery")
    if version is None:
        return "no ec2RoleDelivery: the session may only be called like an instance's"
    return f"handed out by the metadata service, version {str(version)[:10]}"
