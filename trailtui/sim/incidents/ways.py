"""How intruders make one credential out of another."""

from __future__ import annotations

from functools import partial

from trailtui.sim.clients import Actor
from trailtui.sim.identity import Kind
from trailtui.sim.incidents.attacker import Attacker, Probe, Way, list_buckets, list_users

_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def _own_key(_: Attacker, actor: Actor) -> str | None:
    """A second key for the user that the credential belongs to."""
    if ":user/" not in actor.credential.arn:
        return None
    made = actor.client("iam").create_access_key(UserName=actor.credential.issuer)
    return str(made["AccessKey"]["AccessKeyId"])


def _session(_: Attacker, actor: Actor) -> str | None:
    """A session of 36 hours, which outlives its key."""
    if actor.credential.kind is not Kind.ACCESS_KEY:
        return None
    made = actor.client("sts").get_session_token(DurationSeconds=129600)
    return str(made["Credentials"]["AccessKeyId"])


def _user(name: str, attacker: Attacker, actor: Actor) -> str | None:
    """A user of its own that may do everything, with a key."""
    iam = actor.client("iam")
    number = len([word for word in attacker.made if word.startswith("new-user")]) + 2
    iam.create_user(UserName=f"{name}-{number}")
    iam.attach_user_policy(UserName=f"{name}-{number}", PolicyArn=_ADMINISTRATOR)
    made = iam.create_access_key(UserName=f"{name}-{number}")
    return str(made["AccessKey"]["AccessKeyId"])


def _role(arn: str, session: str, _: Attacker, actor: Actor) -> str | None:
    """A session of a role that trusts the credential, unless it is that role already."""
    role = arn.rpartition("/")[2]
    if actor.credential.kind is Kind.ASSUMED_ROLE and actor.credential.issuer == role:
        return None
    made = actor.client("sts").assume_role(RoleArn=arn, RoleSessionName=session)
    return str(made["Credentials"]["AccessKeyId"])


OWN_KEY = Way("new-key", _own_key)
OWN_SESSION = Way("new-session", _session, list_buckets)


def new_user(name: str) -> Way:
    """Make a user NAME-2, NAME-3... with a key."""
    return Way("new-user", partial(_user, name), list_users)


def take_role(arn: str, session: str, probe: Probe) -> Way:
    """Take a role; `probe` is one call that the role may make."""
    return Way("new-role-session", partial(_role, arn, session), probe)
