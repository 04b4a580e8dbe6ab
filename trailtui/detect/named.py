"""What a finding names, checked: only a value that looks like its kind becomes an entity."""

import ipaddress
import re

from trailtui.model.entity import Entity
from trailtui.model.text import safe

MOST_ENTITIES = 50
"""Of one finding; the rest is counted."""
LONGEST_SHOWN = 80

_KEY = re.compile(r"(AKIA|ASIA|ABIA|ACCA)[A-Z0-9*]{12,124}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]{1,20}){1,3}-[0-9]{1,2}")
_ARN = re.compile(
    r"arn:aws[a-z-]{0,20}:[a-z0-9-]{1,40}:[a-z0-9-]{0,30}:([0-9]{12}|aws)?:\S{1,1600}"
)
_PRINCIPAL = re.compile(
    r"arn:aws[a-z-]{0,20}:(iam::[0-9]{12}:(root|(user|role)/[!-~]{1,600})"
    r"|sts::[0-9]{12}:federated-user/[!-~]{1,600})"
)
_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
_ASSUMED = re.compile(r"arn:(aws[a-z-]{0,20}):sts::([0-9]{12}):assumed-role/([^/]+)/[!-~]{1,600}")
_LONGEST_AGENT = 1024  # CloudTrail's record contents: userAgent is cut at 1 KB

_WHAT = {
    "credential": "an access key id",
    "account": "an account number",
    "region": "a Region",
    "resource": "an ARN",
    "principal": "a user's, role's or root's ARN",
    "ip": "an IP address",
    "agent": "a user agent",
}
_PATTERNS = {
    "credential": _KEY,
    "account": _ACCOUNT,
    "region": _REGION,
    "resource": _ARN,
    "principal": _PRINCIPAL,
}


def entity_fault(kind: str, value: str) -> str:
    """Why `value` is no entity of `kind`; empty where it is one."""
    if kind == "ip":
        try:
            good = str(ipaddress.ip_address(value)) == value and "%" not in value
        except ValueError:
            good = False
    elif kind == "agent":
        good = 0 < len(value) <= _LONGEST_AGENT and safe(value) == value and bool(value.strip())
    else:
        good = _PATTERNS[kind].fullmatch(value) is not None and safe(value) == value
    return "" if good else f"is not {_WHAT[kind]}"


def shown(value: str) -> str:
    """A text as a remark quotes it."""
    return repr(value if len(value) <= LONGEST_SHOWN else f"{value[: LONGEST_SHOWN - 1]}…")


class Named:
    """Gathers what a finding names: entities once each in order, and remarks on what is none."""

    def __init__(self, partition: str = "aws") -> None:
        known = re.fullmatch(r"aws[a-z-]{0,20}", partition)
        self.partition = partition if known else "aws"
        self._entities: dict[Entity, None] = {}
        self._left_out = 0
        self.remarks: list[str] = []

    @property
    def entities(self) -> tuple[Entity, ...]:
        """All entities so far."""
        return tuple(self._entities)

    def add(self, kind: str, value: str, where: str) -> bool:
        """Take `value` as an entity if it looks like one; else say so. Empty values are nothing.

        `where` is the member it stood in, for the remark.
        """
        value = value.strip()
        if not value:
            return False
        if kind == "ip":
            value = _as_recorded(value)
        fault = entity_fault(kind, value)
        if fault:
            self.remark(f"{where} {fault}: {shown(value)} is kept as text")
            return False
        if len(self._entities) >= MOST_ENTITIES and Entity(kind, value) not in self._entities:
            self._left_out += 1
            return False
        self._entities[Entity(kind, value)] = None
        return True

    def remark(self, sentence: str) -> None:
        """Note something that a reader should know; the same is noted once."""
        if sentence not in self.remarks and len(self.remarks) < MOST_ENTITIES:
            self.remarks.append(sentence)

    def add_arn(self, arn: str, where: str) -> bool:
        """An ARN as what it is: a user, role or root is a principal, all else a resource.

        A session of a role stands for its role, as in the records' principal.
        """
        assumed = _ASSUMED.fullmatch(arn)
        if assumed:
            return self.add_principal("AssumedRole", assumed[3], assumed[2], where)
        is_principal = _PRINCIPAL.fullmatch(arn) is not None
        return self.add("principal" if is_principal else "resource", arn, where)

    def add_principal(self, user_type: str, name: str, account: str, where: str) -> bool:
        """Who acted, from type and name, under the stable name that the events have for it.

        Findings don't carry the path of a user or role; a remark says where that matters. See
        trailtui.model.identity for the names.
        """
        word = user_type.replace(" ", "").lower()
        if not _ACCOUNT.fullmatch(account):
            if name:
                self.remark(f"{where}: {shown(name)} is kept as text, its account is not known")
            return False
        if word == "root":
            return self.add("principal", f"arn:{self.partition}:iam::{account}:root", where)
        form = {
            "iamuser": "iam::{}:user/{}",
            "user": "iam::{}:user/{}",
            "assumedrole": "iam::{}:role/{}",
            "role": "iam::{}:role/{}",
            "federateduser": "sts::{}:federated-user/{}",
        }.get(word)
        if form is None or not _NAME.fullmatch(name):
            if name or word:
                kind = f"of type {shown(user_type)}" if user_type else "without a type"
                self.remark(f"{where}: {shown(name)} {kind} is kept as text")
            return False
        if name.startswith("AWSReservedSSO_"):
            self.remark(
                f"{where}: {name} is a role of Identity Center; its ARN has a path that the "
                "finding does not tell, so the events have it under another name"
            )
        arn = f"arn:{self.partition}:{form.format(account, name)}"
        return self.add("principal", arn, where)

    def finish(self) -> tuple[str, ...]:
        """All remarks, with the count of what was too much."""
        if self._left_out:
            self.remark(f"{self._left_out} more entities are in it than the {MOST_ENTITIES} taken")
        return tuple(self.remarks)


def _as_recorded(value: str) -> str:
    """An address in the one spelling that `entity_fault` lets pass; anything else as it is."""
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        return value
