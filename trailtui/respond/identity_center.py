"""People of IAM Identity Center: their permission sets, and taking them away.

The roles that it keeps in accounts (AWSReservedSSO_...) can't be edited. What binds a person is the
permission set's inline policy, keyed on `identitystore:UserId`, and the assignment to an account.
No operation is documented that disables a person or ends their sessions: see docs/actions.md.
Source: Identity Center User Guide, "Revoke active permissions"; botocore's model of sso-admin.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Parameter,
    Permissions,
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.looking import Around, parsed_document

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_USER_ID = re.compile(r"([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ROLE = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):role/(?:[\x21-\x7e]*/)?AWSReservedSSO_.+")


@dataclass(frozen=True, slots=True)
class _Person:
    """Somebody of the identity store, and what they are assigned."""

    id: str
    assignments: tuple[dict[str, str], ...]


def _person(scene: Scene, name: str) -> _Person:
    """By user name or id; raises Refusal for the responder's own, NotFound."""
    instances = scene.aws.read_all("sso-admin", "ListInstances", "Instances")
    if not instances:
        raise Refusal(
            f"{scene.aws.region} has no Identity Center",
            where=name,
            cure="Give the --region of its home, as its management account or administrator.",
        )
    store = {"IdentityStoreId": instances[0]["IdentityStoreId"]}
    number = name if _USER_ID.fullmatch(name) else _number_of(scene, store, name)
    told = scene.aws.read("identitystore", "DescribeUser", **store, UserId=number).values
    identity = scene.identity
    if (identity.role_name or "").startswith("AWSReservedSSO_") and (
        str(identity.session_name).casefold() == str(told["UserName"]).casefold()
    ):
        raise Refusal("it is your own identity", where=name, cure="Let another responder do it.")
    assigned = scene.aws.read_all(
        "sso-admin",
        "ListAccountAssignmentsForPrincipal",
        "AccountAssignments",
        InstanceArn=instances[0]["InstanceArn"],
        PrincipalId=number,
        PrincipalType="USER",
    )
    return _Person(number, tuple(assigned))


def _number_of(scene: Scene, store: dict[str, str], name: str) -> str:
    unique = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": name}}
    values = scene.aws.read("identitystore", "GetUserId", **store, AlternateIdentifier=unique)
    return str(values.values["UserId"])


def _the_one(name: str, choices: set[str], what: str, parameter: str) -> str:
    if len(choices) == 1:
        return next(iter(choices))
    listed = ", ".join(sorted(choices)) or "none"
    raise Refusal(
        f"it is not clear which {what} is meant; there are: {listed}",
        where=name,
        cure=f"Give --parameter {parameter}=...",
    )


def _fitting(scene: Scene, person: _Person) -> list[dict[str, str]]:
    """The assignments that the parameters leave: of a permission set, to an account."""
    wanted = scene.parameters.get("permission-set"), scene.parameters.get("account")
    return [
        one
        for one in person.assignments
        if wanted[0] in (None, one["PermissionSetArn"]) and wanted[1] in (None, one["AccountId"])
    ]


def _subject(scene: Scene, kind: str, person: _Person, permission_set: str, more: str) -> Subject:
    ending = permission_set.rpartition("/")[2]
    number = f"{person.id}/{ending}{more}"
    account = scene.identity.account
    return Subject(kind, number, permission_set, account, person.id, scene.aws.region)


def _named(subject: Subject) -> dict[str, str]:
    """The permission set and its instance, as the operations want them."""
    front, _, rest = subject.arn.rpartition(":")
    _, instance, _ = rest.split("/")
    return {"InstanceArn": f"{front}:instance/{instance}", "PermissionSetArn": subject.arn}


def _call(subject: Subject, operation: str, more: Mapping[str, str]) -> ApiCall:
    return ApiCall("sso-admin", operation, {**_named(subject), **more}, subject.region)


def _find_user(scene: Scene, target: str) -> Subject:
    person = _person(scene, target.strip())
    sets = {one["PermissionSetArn"] for one in _fitting(scene, person)}
    chosen = _the_one(target, sets, "permission set", "permission-set")
    return _subject(scene, "sso-user", person, chosen, "")


def _read_policy(aws: "AwsSession", subject: Subject) -> State:
    here = aws.in_region(subject.region)
    values = here.read("sso-admin", "GetInlinePolicyForPermissionSet", **_named(subject)).values
    text = str(values.get("InlinePolicy") or "")
    behind = here.read_all(
        "sso-admin",
        "ListAccountsForProvisionedPermissionSet",
        "AccountIds",
        **_named(subject),
        ProvisioningStatus="LATEST_PERMISSION_SET_NOT_PROVISIONED",
    )
    policy = parsed_document(text) if text else None
    return {"policy": policy, "not_provisioned_in": sorted(behind), "exact": text}


def _statement(subject: Subject) -> dict[str, Any]:
    return {
        "Sid": f"TrailtuiDeny{re.sub(r'[^0-9A-Za-z]', '', subject.name)}",
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"identitystore:UserId": subject.name}},
    }


def _deny(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    policy: dict[str, Any] = present["policy"] or {"Version": "2012-10-17", "Statement": []}
    if isinstance(present["policy"], str):
        raise Refusal("the permission set's inline policy can't be read", where=subject.id)
    stands: Any = policy["Statement"]
    listed = cast("list[Any]", stands) if isinstance(stands, list) else [stands]
    if _statement(subject) in listed:
        if present["not_provisioned_in"]:
            return Change((_provision(subject),), {**present, "not_provisioned_in": []})
        raise AlreadyDone("the permission set denies this user already", where=subject.id)
    denying = {**policy, "Statement": [*listed, _statement(subject)]}
    text = json.dumps(denying)
    put = _call(subject, "PutInlinePolicyToPermissionSet", {"InlinePolicy": text})
    after: State = {"policy": denying, "not_provisioned_in": [], "exact": text}
    return Change((put, _provision(subject)), after)


def _provision(subject: Subject) -> ApiCall:
    return _call(subject, "ProvisionPermissionSet", {"TargetType": "ALL_PROVISIONED_ACCOUNTS"})


def _restore_policy(subject: Subject, prior: State, _left: State) -> Change:
    back = _call(subject, "DeleteInlinePolicyFromPermissionSet", {})
    if prior["exact"]:
        back = _call(subject, "PutInlinePolicyToPermissionSet", {"InlinePolicy": prior["exact"]})
    return Change((back, _provision(subject)), {**prior, "not_provisioned_in": []})


def _find_assignment(scene: Scene, target: str) -> Subject:
    role = _ROLE.fullmatch(target.strip())
    name = scene.parameters.get("user") if role else target.strip()
    if not name:
        raise Refusal(
            "it is not said whose assignment", where=target, cure="Give --parameter user=NAME."
        )
    person = _person(scene, name)
    fitting = [one for one in _fitting(scene, person) if not role or one["AccountId"] == role[1]]
    chosen = _the_one(
        target, {one["PermissionSetArn"] for one in fitting}, "permission set", "permission-set"
    )
    accounts = {one["AccountId"] for one in fitting if one["PermissionSetArn"] == chosen}
    account = _the_one(target, accounts, "account", "account")
    return _subject(scene, "sso-assignment", person, chosen, f"/{account}")


def _read_assignment(aws: "AwsSession", subject: Subject) -> State:
    found = aws.in_region(subject.region).read_all(
        "sso-admin",
        "ListAccountAssignments",
        "AccountAssignments",
        **_named(subject),
        AccountId=subject.id.rpartition("/")[2],
    )
    mine = [one for one in found if one["PrincipalId"] == subject.name]
    return {"assigned": any(one["PrincipalType"] == "USER" for one in mine)}


def _assignment(operation: str, subject: Subject) -> ApiCall:
    given = {"TargetId": subject.id.rpartition("/")[2], "TargetType": "AWS_ACCOUNT"}
    return _call(
        subject, operation, {**given, "PrincipalType": "USER", "PrincipalId": subject.name}
    )


def _remove(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if not present["assigned"]:
        raise AlreadyDone(
            "the user has no assignment of their own; a group's is to be left by leaving the group",
            where=subject.id,
        )
    return Change((_assignment("DeleteAccountAssignment", subject),), {"assigned": False})


def _restore_assignment(subject: Subject, prior: State, _left: State) -> Change:
    return Change((_assignment("CreateAccountAssignment", subject),), prior)


def _look_around(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = Around(scene.aws)
    around.fact("permission set", subject.arn)
    around.look(
        "ListAccountsForProvisionedPermissionSet",
        lambda values: around.fact("provisioned in", ", ".join(values["AccountIds"]) or "none"),
        service="sso-admin",
        **_named(subject),
    )
    return Surroundings(
        tuple(around.facts),
        tuple(around.warnings),
        f"The identity store knows the person as {subject.name}. Identity Center writes it into "
        "the accounts by itself, which takes a moment.",
    )


_FINDS = (
    "sts:GetCallerIdentity",
    "sso:ListInstances",
    "sso:ListAccountAssignmentsForPrincipal",
    "identitystore:GetUserId",
    "identitystore:DescribeUser",
)
_POLICY_READS = (
    "sso:GetInlinePolicyForPermissionSet",
    "sso:ListAccountsForProvisionedPermissionSet",
)
_LOOKS = ("sso:ListAccountsForProvisionedPermissionSet",)
_SET = Parameter("permission-set", "its ARN, where the user has several")

DENY_SSO_USER = Action(
    name="deny-sso-user",
    title="Deny a person of Identity Center by their permission set",
    subject_kind="sso-user",
    parameters=(_SET, Parameter("account", "only permission sets that are assigned there")),
    permissions=Permissions(
        plan=(*_FINDS, *_POLICY_READS),
        look=(),
        apply=(
            "sso:PutInlinePolicyToPermissionSet",
            "sso:ProvisionPermissionSet",
            *_POLICY_READS,
        ),
        undo=(
            "sso:PutInlinePolicyToPermissionSet",
            "sso:DeleteInlinePolicyFromPermissionSet",
            "sso:ProvisionPermissionSet",
            *_POLICY_READS,
        ),
    ),
    does="Adds a denial of everything for this person (identitystore:UserId) to the permission "
    "set's inline policy, and provisions it to all its accounts. Sessions that live are cut too.",
    does_not_stop=(
        "The person's other permission sets: deny each.",
        "Roles that were assumed from the session: their sessions act as the other role.",
        "The access portal: the person can still sign in there, until somebody disables them.",
    ),
    can_hurt=(
        "A permission set that was changed and not provisioned yet is provisioned as a whole.",
        "The person can't work with this permission set in any account.",
    ),
    undo_says="Puts the former inline policy back to the byte and provisions it, if ours is "
    "unchanged by then.",
    undo_warns="Sessions of the person that have not expired work again.",
    find=_find_user,
    read=_read_policy,
    change=_deny,
    restore=_restore_policy,
    holds=same_state,
    look_around=_look_around,
    order=Order.DENY,
    region_bound=True,
)

REMOVE_SSO_ASSIGNMENT = Action(
    name="remove-sso-assignment",
    title="Take an account from a person of Identity Center",
    subject_kind="sso-assignment",
    parameters=(
        Parameter("user", "the person, where the target is a role of Identity Center"),
        _SET,
        Parameter("account", "the account, where the user has the permission set in several"),
    ),
    permissions=Permissions(
        plan=(*_FINDS, "sso:ListAccountAssignments"),
        look=_LOOKS,
        apply=("sso:DeleteAccountAssignment", "sso:ListAccountAssignments"),
        undo=("sso:CreateAccountAssignment", "sso:ListAccountAssignments"),
    ),
    does="Deletes the assignment: the person can no longer take the permission set's role in that "
    "account.",
    does_not_stop=(
        "Sessions that were begun: they live on until they expire. Deny the person first.",
        "Assignments of groups that the person is in, and those to other accounts.",
    ),
    can_hurt=("The person can't work in that account.",),
    undo_says="Creates the assignment again. If it was the last of its permission set in the "
    "account, Identity Center has removed the role there and makes another one, with another id.",
    undo_warns="The person can come into the account again.",
    find=_find_assignment,
    read=_read_assignment,
    change=_remove,
    restore=_restore_assignment,
    holds=same_state,
    look_around=_look_around,
    order=Order.SOURCES,
    region_bound=True,
)

ACTIONS = (DENY_SSO_USER, REMOVE_SSO_ASSIGNMENT)
