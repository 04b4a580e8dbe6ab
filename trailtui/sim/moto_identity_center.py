"""moto's insides, fifth part: Identity Center, and the roles that it keeps in accounts.

Source: Identity Center User Guide, "How permission sets work": what a permission set says counts in
an account once it was provisioned there.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from trailtui.sim import moto_backend
from trailtui.sim.dynamic import Dynamic, listed
from trailtui.sim.moto_policies import existing, regions_of

_PATH = "/aws-reserved/sso.amazonaws.com/"
_PROVIDER = "AWSSSO_0000000000000000_DO_NOT_DELETE"


@dataclass(frozen=True)
class Assigned:
    """A person of Identity Center, who may take a permission set's role in an account."""

    user_id: str
    user_name: str
    store: str
    """The identity store's id."""
    role: str


def _backends(management: str) -> list[Dynamic]:
    found = [existing("ssoadmin", management, r) for r in regions_of("ssoadmin", management)]
    return [one for one in found if one is not None]


def _role_name(permission_set: Dynamic) -> str:
    ending = hashlib.sha256(permission_set.permission_set_arn.encode()).hexdigest()[:16]
    return f"AWSReservedSSO_{permission_set.name}_{ending}"


def provider_arn(account: str) -> str:
    """The SAML provider by which Identity Center's people enter an account."""
    return f"arn:aws:iam::{account}:saml-provider/{_PROVIDER}"


def _set_of(backend: Dynamic, arn: str) -> Dynamic | None:
    return next((s for s in backend.permission_sets if s.permission_set_arn == arn), None)


def provision(management: str, permission_set_arn: str) -> list[str]:
    """Write a permission set's role into the accounts that it is assigned in; gives these."""
    for backend in _backends(management):
        found = _set_of(backend, permission_set_arn)
        targets = {
            one.target_id
            for one in backend.account_assignments
            if one.permission_set_arn == permission_set_arn
        }
        if found is not None:
            for account in sorted(targets):
                _write_role(account, found)
            return sorted(targets)
    return []


def provisioned(management: str, permission_set_arn: str) -> dict[str, bool]:
    """The accounts that have a permission set's role, and whether it says what the set says now."""
    for backend in _backends(management):
        found = _set_of(backend, permission_set_arn)
        if found is not None:
            named = _role_name(found)
            return {
                account: role.policies.get("AwsSSOInlinePolicy", "") == (found.inline_policy or "")
                for account in moto_backend.accounts()
                for role in moto_backend.iam(account).roles.values()
                if role.name == named
            }
    return {}


def _write_role(account: str, permission_set: Dynamic) -> None:
    iam, name = moto_backend.iam(account), _role_name(permission_set)
    role = next((one for one in iam.roles.values() if one.name == name), None)
    if role is None:
        trust = {
            "Effect": "Allow",
            "Principal": {"Federated": provider_arn(account)},
            "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = iam.create_role(name, document, _PATH, None, "", [], 43200)
    role.policies.clear()
    if permission_set.inline_policy:
        role.put_policy("AwsSSOInlinePolicy", permission_set.inline_policy)
    for arn in list(role.managed_policies):
        iam.detach_role_policy(arn, name)
    for policy in permission_set.managed_policies:
        iam.attach_role_policy(policy.arn, name)


def withdraw(management: str, permission_set_arn: str, account: str) -> None:
    """Take a permission set's role out of an account where nobody is assigned any more."""
    for backend in _backends(management):
        found = _set_of(backend, permission_set_arn)
        left = any(
            one.permission_set_arn == permission_set_arn and one.target_id == account
            for one in backend.account_assignments
        )
        roles = moto_backend.iam(account).roles
        for number in [r.id for r in roles.values() if found and r.name == _role_name(found)]:
            if not left:
                del roles[number]


def assigned(
    management: str, account: str, permission_set_arn: str, user_id: str
) -> Assigned | None:
    """How a person may enter an account; None where nobody assigned them, or they are gone."""
    for backend in _backends(management):
        found = _set_of(backend, permission_set_arn)
        store_id, user, groups = _person(management, user_id)
        entitled = any(
            one.target_id == account
            and one.permission_set_arn == permission_set_arn
            and one.principal_id in (user_id, *groups)
            for one in backend.account_assignments
        )
        if found is not None and user is not None and entitled:
            return Assigned(user_id, str(user.UserName), store_id, _role_name(found))
    return None


def _person(management: str, user_id: str) -> tuple[str, Dynamic | None, list[str]]:
    for region in regions_of("identitystore", management):
        backend = existing("identitystore", management, region)
        stores: dict[str, Dynamic] = backend.identity_stores if backend else {}
        for store_id, store in stores.items():
            if user_id in store.users:
                members = listed(store.group_memberships)
                groups = [m["GroupId"] for m in members if m["MemberId"]["UserId"] == user_id]
                return store_id, store.users[user_id], groups
    return "", None, []


def state(account: str) -> dict[str, Dynamic]:
    """Permission sets, assignments and people, as an account (the management account) has them."""
    sets: dict[str, Dynamic] = {}
    given: list[Dynamic] = []
    for backend in _backends(account):
        for one in backend.permission_sets:
            sets[one.permission_set_arn] = {
                "name": one.name,
                "inline": json.loads(one.inline_policy) if one.inline_policy else None,
                "managed": sorted(p.arn for p in one.managed_policies),
                "customer_managed": sorted(
                    f"{p.path}{p.name}" for p in one.customer_managed_policies
                ),
            }
        given += [
            [one.target_id, one.permission_set_arn, one.principal_type, one.principal_id]
            for one in backend.account_assignments
        ]
    people: dict[str, str] = {}
    members: list[Dynamic] = []
    for region in regions_of("identitystore", account):
        stores = existing("identitystore", account, region)
        for store in listed(stores.identity_stores if stores else None):
            people |= {number: str(user.UserName) for number, user in store.users.items()}
            members += [
                [m["GroupId"], m["MemberId"]["UserId"]] for m in listed(store.group_memberships)
            ]
    return {
        "permission_sets": sets,
        "assignments": sorted(given),
        "people": people,
        "memberships": sorted(members),
    }
