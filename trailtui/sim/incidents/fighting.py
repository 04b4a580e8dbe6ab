"""Taking the responder's cuts back: while a denial has not spread, it can still be deleted."""

from __future__ import annotations

from trailtui.sim.clients import Actor
from trailtui.sim.dynamic import Dynamic, fields, listed
from trailtui.sim.identity import Credential, Kind
from trailtui.sim.incidents.attacker import Attacker


def tear_down(attacker: Attacker, actor: Actor) -> None:
    """Delete what denies the intruder's users and roles everything, and wake its keys.

    Raises:
        ClientError: the credential may not.
    """
    iam = actor.client("iam")
    held = attacker.credentials().values()
    mine = [one for one in held if one.account == actor.credential.account]
    for user, keys in _keys_by_user(mine).items():
        for name in iam.list_user_policies(UserName=user)["PolicyNames"]:
            document = iam.get_user_policy(UserName=user, PolicyName=name)["PolicyDocument"]
            if _denies_all(document):
                iam.delete_user_policy(UserName=user, PolicyName=name)
        for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
            if key["AccessKeyId"] in keys and key["Status"] == "Inactive":
                iam.update_access_key(
                    UserName=user, AccessKeyId=key["AccessKeyId"], Status="Active"
                )
    for role in sorted({one.issuer for one in mine if one.kind is Kind.ASSUMED_ROLE}):
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            if _denies_all(document):
                iam.delete_role_policy(RoleName=role, PolicyName=name)


def _keys_by_user(held: list[Credential]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in held:
        if one.kind is not Kind.ASSUMED_ROLE:
            found.setdefault(one.issuer, set()).add(one.id)
    return found


def _denies_all(document: Dynamic) -> bool:
    return any(
        one.get("Effect") == "Deny" and "*" in listed(one.get("Action"))
        for one in map(fields, listed(fields(document).get("Statement")))
    )
