"""What stands around a user or role: what else it has, who comes in, who is hit."""

from typing import Any

from trailtui.model.entity import Entity
from trailtui.respond.action import Scene, Subject, Surroundings
from trailtui.respond.case_facts import use_in_case
from trailtui.respond.looking import (
    Around,
    document_text,
    moment,
    parsed_document,
    trusted_principals,
)

LOOKS_AROUND_USER = ("iam:ListAccessKeys", "iam:GetLoginProfile")
LOOKS_AROUND_ROLE = ("iam:ListInstanceProfilesForRole",)
"""What looking around takes, beside the permission to get the user or role."""


def around_user(scene: Scene, subject: Subject) -> Around:
    """The user's keys and console password. Needs LOOKS_AROUND_USER."""
    around = Around(scene.aws)
    around.fact("user", subject.arn)
    around.look(
        "ListAccessKeys",
        lambda values: tell_keys(around, values["AccessKeyMetadata"]),
        UserName=subject.name,
    )
    around.look(
        "GetLoginProfile",
        lambda _: around.fact("console password", "yes"),
        UserName=subject.name,
    )
    return around


def tell_keys(around: Around, keys: list[dict[str, str]]) -> None:
    """The user's keys as a fact."""
    told = ", ".join(f"{entry['AccessKeyId']} ({entry['Status']})" for entry in keys)
    around.fact("access keys", told or "none")


def around_role(scene: Scene, subject: Subject) -> Around:
    """The role's last use, trust and instances. Needs LOOKS_AROUND_ROLE."""
    around = Around(scene.aws)
    around.fact("role", subject.arn)
    around.look("GetRole", lambda values: tell_role(around, values["Role"]), RoleName=subject.name)
    around.look(
        "ListInstanceProfilesForRole",
        lambda values: _warn_of_profiles(around, values["InstanceProfiles"]),
        RoleName=subject.name,
    )
    return around


def tell_role(around: Around, role: dict[str, Any]) -> str:
    """The role's last use and trust as facts; gives who can assume it."""
    used = role.get("RoleLastUsed", {})
    where = f" in {used['Region']}, says IAM (hours late)" if used.get("Region") else ""
    around.fact("last used", f"{moment(used.get('LastUsedDate'))}{where}")
    trust = parsed_document(document_text(role["AssumeRolePolicyDocument"]))
    trusted = ", ".join(trusted_principals(trust)) or "nobody"
    around.fact("can be assumed by", trusted)
    return trusted


def tell_profiles(around: Around, profiles: list[dict[str, Any]]) -> bool:
    """The role's instance profiles as a fact; tells whether it has any."""
    names = ", ".join(profile["InstanceProfileName"] for profile in profiles)
    around.fact("instance profiles", names or "none")
    return bool(names)


def _warn_of_profiles(around: Around, profiles: list[dict[str, Any]]) -> None:
    if tell_profiles(around, profiles):
        around.warnings.append("Instances use this role: what runs on them is hit too.")


def surroundings(
    scene: Scene, subject: Subject, around: Around, certainty: str, *, use: bool = True
) -> Surroundings:
    """What was seen, with the subject's use in the case (`use`) at its end."""
    facts = list(around.facts)
    if use:
        facts += use_in_case(scene.case, Entity("principal", subject.arn))
    return Surroundings(tuple(facts), tuple(around.warnings), certainty)
