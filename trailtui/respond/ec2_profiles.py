"""The role of an instance: its sessions are revoked, or its profile is taken away.

Source: EC2 User Guide, "IAM roles for Amazon EC2"; IAM User Guide, "Revoking IAM role temporary
security credentials": credentials that the metadata service gave out live on, up to six hours.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

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
from trailtui.respond.ec2_instances import (
    FINDS,
    READS,
    THERE,
    around_instance,
    find_instance,
    present_instance,
    refuse_gone,
    surroundings_of,
)
from trailtui.respond.iam_principals import find_role
from trailtui.respond.iam_sessions import REVOKE_ROLE
from trailtui.respond.looking import Around
from trailtui.respond.regional import REGION

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession


def _find_role_of(scene: Scene, target: str) -> Subject:
    """The role that the instance's profile holds."""
    machine = find_instance(scene, target)
    told = present_instance(scene.aws, machine) or {}
    arn = told.get("IamInstanceProfile", {}).get("Arn")
    if not arn:
        raise Refusal(
            "the instance has no profile",
            where=target,
            cure="If it was taken away since, revoke the role's sessions: revoke-role-sessions.",
        )
    named = {"InstanceProfileName": str(arn).rpartition("/")[2]}
    roles = scene.aws.read("iam", "GetInstanceProfile", **named).values["InstanceProfile"]["Roles"]
    if not roles:
        raise Refusal("the instance's profile holds no role", where=target)
    return find_role(scene, roles[0]["RoleName"])


def _look_at_role(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = REVOKE_ROLE.look_around(scene, subject, present)
    renewed = (
        "The machine asks for new credentials shortly before the old ones end, up to six hours "
        "later: until then its own work fails, and after that whoever is on it has a session that "
        "counts. Isolate or stop it as well."
    )
    return replace(around, warnings=(*around.warnings, renewed))


DENY_INSTANCE_PROFILE_SESSIONS = replace(
    REVOKE_ROLE,
    name="deny-instance-profile-sessions",
    title="Revoke the sessions of an instance's role",
    parameters=(*REVOKE_ROLE.parameters, REGION),
    permissions=replace(
        REVOKE_ROLE.permissions,
        plan=(*REVOKE_ROLE.permissions.plan, *READS, "iam:GetInstanceProfile"),
    ),
    does="Finds the role of the instance's profile and revokes its sessions, as "
    "revoke-role-sessions does: also those on other machines with the same role.",
    find=_find_role_of,
    look_around=_look_at_role,
)


def _read(aws: "AwsSession", subject: Subject) -> State:
    if present_instance(aws, subject) is None:
        return {THERE: False, "profile": None, "exact": None}
    asked: list[dict[str, Any]] = [{"Name": "instance-id", "Values": [subject.name]}]
    told = aws.in_region(subject.region).read_all(
        "ec2",
        "DescribeIamInstanceProfileAssociations",
        "IamInstanceProfileAssociations",
        Filters=asked,
    )
    standing = [one for one in told if one["State"] != "disassociated"]
    if not standing:
        return {THERE: True, "profile": None, "exact": None}
    profile = standing[-1]["IamInstanceProfile"]["Arn"]
    return {THERE: True, "profile": profile, "exact": standing[-1]["AssociationId"]}


def _disassociate(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    refuse_gone(subject, there=present[THERE])
    if present["profile"] is None:
        raise AlreadyDone("the instance has no profile", where=subject.id)
    named = {"AssociationId": present["exact"]}
    call = ApiCall("ec2", "DisassociateIamInstanceProfile", named, subject.region)
    return Change((call,), {THERE: True, "profile": None, "exact": None})


def _associate(subject: Subject, prior: State, _left: State) -> Change:
    named = {"IamInstanceProfile": {"Arn": prior["profile"]}, "InstanceId": subject.name}
    return Change((ApiCall("ec2", "AssociateIamInstanceProfile", named, subject.region),), prior)


def _give(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    refuse_gone(subject, there=present[THERE])
    wanted = parameters["profile"]
    if present["profile"] == wanted:
        raise AlreadyDone("the instance has that profile", where=subject.id)
    return Change((_giving(subject, present, wanted),), {**present, "profile": wanted})


def _giving(subject: Subject, present: State, profile: str) -> ApiCall:
    """The call that gives a profile: in the place of the one that is there, if any."""
    named: dict[str, Any] = {"IamInstanceProfile": {"Arn": profile}}
    if present["profile"] is None:
        named["InstanceId"] = subject.name
        return ApiCall("ec2", "AssociateIamInstanceProfile", named, subject.region)
    named["AssociationId"] = present["exact"]
    return ApiCall("ec2", "ReplaceIamInstanceProfileAssociation", named, subject.region)


def _give_back(subject: Subject, prior: State, left: State) -> Change:
    if prior["profile"] is not None:
        return Change((_giving(subject, left, prior["profile"]),), prior)
    return Change(_disassociate(subject, left, {}).calls, prior)


def _with_arn(scene: Scene, subject: Subject, _present: State) -> Mapping[str, str]:
    """The parameters with the profile's ARN where its name was given."""
    named = scene.parameters.get("profile", "").strip()
    if not named:
        raise Refusal(
            "it is not said which profile", where=subject.id, cure="Give --parameter profile=NAME."
        )
    asked = {"InstanceProfileName": named.rpartition("/")[2]}
    found = scene.aws.read("iam", "GetInstanceProfile", **asked).values["InstanceProfile"]
    if named.startswith("arn:") and named != found["Arn"]:
        raise Refusal("there is no such profile in this account", where=named)
    return {**scene.parameters, "profile": found["Arn"]}


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = around_instance(scene, subject)
    _tell_roles(around, present["profile"])
    return surroundings_of(
        around,
        subject,
        "The metadata service goes on serving the credentials it has, up to six hours: revoke the "
        "sessions of the role too (deny-instance-profile-sessions, before the profile is gone).",
    )


def _tell_roles(around: Around, profile: str | None) -> None:
    if profile is None:
        return

    def tell(values: dict[str, Any]) -> None:
        roles = [role["RoleName"] for role in values["InstanceProfile"]["Roles"]]
        around.fact("role", ", ".join(roles) or "none")

    around.look("GetInstanceProfile", tell, InstanceProfileName=profile.rpartition("/")[2])


_READS = (*READS, "ec2:DescribeIamInstanceProfileAssociations")

DISASSOCIATE_INSTANCE_PROFILE = Action(
    name="disassociate-instance-profile",
    title="Take its profile from an instance",
    subject_kind="instance",
    parameters=(REGION,),
    permissions=Permissions(
        plan=(*FINDS, "ec2:DescribeIamInstanceProfileAssociations"),
        look=("iam:GetInstanceProfile",),
        apply=("ec2:DisassociateIamInstanceProfile", *_READS),
        undo=("ec2:AssociateIamInstanceProfile", "iam:PassRole", *_READS),
    ),
    does="Disassociates the instance profile: the machine gets no new credentials of its role.",
    does_not_stop=(
        "Credentials that it was given before: they live on, up to six hours, wherever they are.",
        "Whoever may associate a profile and pass a role gives it one again.",
    ),
    can_hurt=(
        "Programs on the machine fail as their credentials end; Systems Manager may lose it.",
    ),
    undo_says="Associates the same profile again. The association gets another id. It needs "
    "iam:PassRole on the role.",
    undo_warns="Whoever is on the machine gets credentials of the role again.",
    find=find_instance,
    read=_read,
    change=_disassociate,
    restore=_associate,
    holds=same_state,
    look_around=_look_around,
    order=Order.SOURCES,
    region_bound=True,
)

ASSOCIATE_INSTANCE_PROFILE = Action(
    name="associate-instance-profile",
    title="Give an instance its profile back, or another one",
    subject_kind="instance",
    parameters=(Parameter("profile", "its name or ARN", required=True), REGION),
    permissions=Permissions(
        plan=(*FINDS, "ec2:DescribeIamInstanceProfileAssociations", "iam:GetInstanceProfile"),
        look=(),
        apply=(
            "ec2:AssociateIamInstanceProfile",
            "ec2:ReplaceIamInstanceProfileAssociation",
            "iam:PassRole",
            *_READS,
        ),
        undo=(
            "ec2:DisassociateIamInstanceProfile",
            "ec2:ReplaceIamInstanceProfileAssociation",
            "iam:PassRole",
            *_READS,
        ),
    ),
    does="Gives the instance this profile, in the place of the one that it has: one that an "
    "attacker put there, or to give it a role that may do nothing.",
    does_not_stop=(
        "Credentials of the role before: they live on, up to six hours. Revoke its sessions.",
        "Whoever may associate a profile and pass a role changes it again.",
    ),
    can_hurt=("Programs on the machine act as the new role, within minutes.",),
    undo_says="Gives it the profile that it had before, or none. The association gets another id.",
    undo_warns="Whoever is on the machine gets credentials of the former role again.",
    find=find_instance,
    read=_read,
    change=_give,
    restore=_give_back,
    holds=same_state,
    look_around=_look_around,
    order=Order.SOURCES,
    region_bound=True,
    complete=_with_arn,
)

ACTIONS = (
    DENY_INSTANCE_PROFILE_SESSIONS,
    DISASSOCIATE_INSTANCE_PROFILE,
    ASSOCIATE_INSTANCE_PROFILE,
)
