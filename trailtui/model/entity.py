"""What one can pivot on."""

import re
from dataclasses import dataclass

from trailtui.model.errors import InputError

ENTITY_KINDS = ("principal", "credential", "ip", "agent", "resource", "account", "region")
"""Principals, credentials, addresses, user agents, resources, accounts, Regions."""

_ACCESS_KEY = re.compile(r"(AKIA|ASIA|ABIA|ACCA)[A-Z0-9*]{12,124}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d[a-z]?")
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")
_PRINCIPAL_ARN = re.compile(r"arn:[\w-]+:(iam::\d*:(user/|role/|root)|sts::\d*:).*")


@dataclass(frozen=True, slots=True)
class Entity:
    """A principal, credential, address, user agent, resource, account or Region."""

    kind: str
    value: str

    def __post_init__(self) -> None:
        if self.kind not in ENTITY_KINDS:
            raise InputError(
                f"{self.kind!r} is no kind of entity", cure=f"Use {', '.join(ENTITY_KINDS)}."
            )

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


def is_credential(text: str) -> bool:
    """Whether a value looks like an access key id."""
    return _ACCESS_KEY.fullmatch(text) is not None


def guess_entity(text: str) -> Entity:
    """The entity that a typed value means: `kind:value`, or by how the value looks.

    Raises InputError where the value could be anything.
    """
    kind, colon, rest = text.partition(":")
    if colon and kind in ENTITY_KINDS and rest:
        return Entity(kind, rest)
    looks = (
        ("credential", _ACCESS_KEY),
        ("principal", _PRINCIPAL_ARN),
        ("resource", re.compile(r"arn:.+")),
        ("account", re.compile(r"\d{12}")),
        ("region", _REGION),
        ("ip", _ADDRESS),
    )
    for name, pattern in looks:
        if pattern.fullmatch(text):
            return Entity(name, text)
    if text.endswith(".amazonaws.com") or text == "AWS Internal":
        return Entity("ip", text)
    raise InputError(
        f"{text!r} could be any kind of entity",
        cure=f"Say which, as in `agent:{text}`; kinds: {', '.join(ENTITY_KINDS)}.",
    )
