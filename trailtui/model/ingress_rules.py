"""One source that a security group lets in, as a word that can be typed and shown.

`tcp/22/0.0.0.0/0`, `tcp/8000-8080/sg-0123456789abcdef0`, `all/::/0`: protocol, ports, source. A
group's permissions hold several such sources each.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

_LISTS = (
    ("IpRanges", "CidrIp"),
    ("Ipv6Ranges", "CidrIpv6"),
    ("PrefixListIds", "PrefixListId"),
    ("UserIdGroupPairs", "GroupId"),
)
"""Where the sources of a permission stand, and what names each."""

_RECORDED = (
    ("ipRanges", "cidrIp"),
    ("ipv6Ranges", "cidrIpv6"),
    ("prefixListIds", "prefixListId"),
    ("groups", "groupId"),
    ("userIdGroupPairs", "groupId"),
)
"""The same in CloudTrail's records."""

WORD = re.compile(
    r"\w+(/-?\d+(--?\d+)?)?/([0-9A-Fa-f:.]+/\d{1,3}|sg-[0-9a-f]+|pl-[0-9a-f]+)", re.ASCII
)


def by_word(permissions: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Each source of a group's permissions under its word, as a permission of its own."""
    found: dict[str, dict[str, Any]] = {}
    for one in permissions:
        ports = {name: one[name] for name in ("FromPort", "ToPort") if name in one}
        for member, name in _LISTS:
            for source in one.get(member, []):
                kept = {key: value for key, value in source.items() if key != "PeeringStatus"}
                alone = {"IpProtocol": one["IpProtocol"], **ports, member: [kept]}
                word = _word(
                    one["IpProtocol"], one.get("FromPort"), one.get("ToPort"), source[name]
                )
                found[word] = alone
    return found


def recorded_words(request: Mapping[str, Any]) -> list[str]:
    """The words of what an AuthorizeSecurityGroupIngress asked for, by its record.

    Older calls name one source beside the group, newer ones permissions in lists.
    """
    words: list[str] = []
    for one in (request, *_objects(request)):
        protocol = str(one.get("ipProtocol", ""))
        if not protocol:
            continue
        ports = one.get("fromPort"), one.get("toPort")
        if "cidrIp" in one:
            words.append(_word(protocol, *ports, str(one["cidrIp"])))
        for member, name in _RECORDED:
            sources = _listed(one.get(member))
            words += [_word(protocol, *ports, str(s[name])) for s in sources if name in s]
    return list(dict.fromkeys(words))


def _word(protocol: str, first: object, last: object, source: str) -> str:
    named = {"-1": "all", "6": "tcp", "17": "udp"}.get(protocol, protocol)
    if named == "all" or first is None:
        return f"{named}/{source}"
    return f"{named}/{first}/{source}" if first == last else f"{named}/{first}-{last}/{source}"


def _objects(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for value in request.values():
        yield from _listed(value)


def _listed(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list, which records write as `{"items": [...]}`."""
    inner = cast("dict[str, Any]", value).get("items") if isinstance(value, dict) else value
    found = cast("list[Any]", inner) if isinstance(inner, list) else []
    return [cast("dict[str, Any]", one) for one in found if isinstance(one, dict)]
