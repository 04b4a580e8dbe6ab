"""Reading what a responder typed as a target: names and ARNs of IAM, access key ids."""

import re
from dataclasses import dataclass

from trailtui.respond.action import Refusal

ACCESS_KEY = re.compile(r"A[A-Z]IA[A-Z0-9]{12,124}")
_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
_IAM_ARN = re.compile(
    r"arn:(?P<partition>aws[\w-]*):iam::(?P<account>\d{12}):(?P<kind>user|role)/"
    r"(?P<path>(?:[\x21-\x7e]+/)?)(?P<name>[\w+=,.@-]{1,128})",
    re.ASCII,
)
_SESSION_ARN = re.compile(
    r"arn:aws[\w-]*:sts::(?P<account>\d{12}):assumed-role/(?P<name>[\w+=,.@-]{1,64})/.+", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Named:
    """A user or role that was typed; account is None where only a name was given."""

    name: str
    account: str | None


def parse_access_key(text: str) -> str:
    """A long-term access key id; raises Refusal for a session's key or anything else."""
    key = text.strip()
    if not ACCESS_KEY.fullmatch(key):
        raise Refusal(
            "this is no access key id",
            where=text,
            cure="It begins with AKIA and has 20 characters.",
        )
    if key.startswith("ASIA"):
        raise Refusal(
            "this is a session's key: it can't be deactivated",
            where=key,
            cure="Revoke the sessions of the role (revoke-role-sessions) or user "
            "(revoke-user-sessions) that it came from.",
        )
    if not key.startswith("AKIA"):
        raise Refusal("this kind of id is no access key", where=key, cure="Give the AKIA… id.")
    return key


def parse_iam_name(text: str, kind: str) -> Named:
    """A user's or role's name or ARN; for a role also the ARN of one of its sessions."""
    word = text.strip()
    if word == "root" or re.fullmatch(r"arn:aws[\w-]*:iam::\d{12}:root", word):
        raise Refusal(
            "no IAM policy binds the root user",
            where=word,
            cure="Sign in as root to end its sessions and keys; for a member account, the "
            "management account can remove root's credentials or deny with an SCP.",
        )
    found = _IAM_ARN.fullmatch(word)
    if found and found["kind"] == kind:
        return Named(found["name"], found["account"])
    session = _SESSION_ARN.fullmatch(word)
    if session and kind == "role":
        return Named(session["name"], session["account"])
    if not _NAME.fullmatch(word):
        raise Refusal(f"this is no {kind}", where=text, cure=f"Give the {kind}'s name or its ARN.")
    return Named(word, None)


def bare(arn: str) -> str:
    """An IAM ARN without path and without regard to case, for comparing.

    IAM names are unique in an account whatever their path or case.
    """
    front, _, resource = arn.rpartition(":")
    kind, _, rest = resource.partition("/")
    return f"{front}:{kind}/{rest.rpartition('/')[2]}".casefold()
