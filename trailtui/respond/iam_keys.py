"""Actions on the access keys of IAM users."""

from typing import TYPE_CHECKING

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import AccessDenied, NotFound, Refused
from trailtui.model.entity import Entity
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
from trailtui.respond.case_facts import principals_of_key, use_in_case
from trailtui.respond.looking import Around, moment
from trailtui.respond.targets import parse_access_key, parse_iam_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trailtui.aws.session import AwsSession


def find_key(scene: Scene, target: str) -> Subject:
    """The key's user: as given, as the case's records say, or as IAM says; confirmed by IAM."""
    key = parse_access_key(target)
    _refuse_other_accounts_key(scene, key)
    candidates = _candidates(scene, key)
    for name in candidates:
        try:
            listed = scene.aws.read("iam", "ListAccessKeys", UserName=name).values
        except NotFound:
            continue
        for entry in listed["AccessKeyMetadata"]:
            if entry["AccessKeyId"] == key:
                arn = scene.aws.read("iam", "GetUser", UserName=name).values["User"]["Arn"]
                return Subject("access-key", key, arn, arn.split(":")[4], name)
    tried = ", ".join(candidates) or "nobody"
    raise Refusal(
        f"no user was found to own this key (asked: {tried})",
        where=key,
        cure="It may be deleted already, or belong to another account or to root. Give its user, "
        "--parameter user=NAME, or the permission iam:GetAccessKeyLastUsed to find it.",
    )


def _refuse_other_accounts_key(scene: Scene, key: str) -> None:
    try:
        account = scene.aws.read("sts", "GetAccessKeyInfo", AccessKeyId=key).values["Account"]
    except (AccessDenied, Refused):
        return  # ListAccessKeys confirms the account as well, only with a poorer message
    if account != scene.identity.account:
        raise Refusal(
            f"it belongs to account {account}, this session to {scene.identity.account}",
            where=key,
            cure=f"Give a --profile for {account}, or deny the key's user in your own policies.",
        )


def _candidates(scene: Scene, key: str) -> list[str]:
    if given := scene.parameters.get("user"):
        return [parse_iam_name(given, "user").name]
    names: list[str] = []
    for principal in principals_of_key(scene.case, key):
        if principal.endswith(":root"):
            parse_iam_name(principal, "user")  # refuses, and says what can be done
        if ":user/" in principal:
            names.append(principal.rpartition("/")[2])
    try:
        told = scene.aws.read("iam", "GetAccessKeyLastUsed", AccessKeyId=key).values
        names.append(str(told.get("UserName") or ""))
    except (AccessDenied, NotFound):
        pass  # it only adds a candidate; an empty list ends in a refusal that says so
    return list(dict.fromkeys(name for name in names if name))


def read_key(aws: "AwsSession", subject: Subject) -> State:
    """The key's status: Active, Inactive or gone."""
    try:
        listed = aws.read("iam", "ListAccessKeys", UserName=subject.name).values
    except NotFound:
        return {"status": "gone"}
    for entry in listed["AccessKeyMetadata"]:
        if entry["AccessKeyId"] == subject.id:
            return {"status": entry["Status"]}
    return {"status": "gone"}


def _set_status(subject: Subject, status: str) -> ApiCall:
    # Without UserName the call would act on a key of the caller.
    return ApiCall(
        "iam",
        "UpdateAccessKey",
        {"UserName": subject.name, "AccessKeyId": subject.id, "Status": status},
    )


def _deactivate(subject: Subject, present: State, _parameters: "Mapping[str, str]") -> Change:
    if present["status"] != "Active":
        raise AlreadyDone(f"the key is {present['status']} already", where=subject.id)
    return Change((_set_status(subject, "Inactive"),), {"status": "Inactive"})


def _restore(subject: Subject, prior: State, _left: State) -> Change:
    return Change((_set_status(subject, prior["status"]),), prior)


def _holds(expected: State, present: State) -> bool:
    """The status is as set; a key that was meant to be Inactive may also be gone."""
    return same_state(expected, present) or (
        expected["status"] == "Inactive" and present["status"] == "gone"
    )


def look_around_key(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    """The key's last use, its user's other keys, and what the case knows of it."""
    around = Around(scene.aws)
    around.fact("user", subject.arn)

    around.look(
        "GetAccessKeyInfo",
        lambda values: around.fact("account of the key", values["Account"]),
        service="sts",
        AccessKeyId=subject.id,
    )
    around.look(
        "GetAccessKeyLastUsed",
        lambda values: around.fact("last used", _last_used(values["AccessKeyLastUsed"])),
        AccessKeyId=subject.id,
    )
    around.look(
        "ListAccessKeys",
        lambda values: _other_keys(around, subject, values["AccessKeyMetadata"]),
        UserName=subject.name,
    )
    around.facts += use_in_case(scene.case, Entity("credential", subject.id))
    named = principals_of_key(scene.case, subject.id)
    if named and subject.arn not in named:
        around.warnings.append(
            f"The records name {', '.join(named)} as the key's user; IAM says {subject.arn}."
        )
    return Surroundings(
        tuple(around.facts),
        tuple(around.warnings),
        f"IAM lists the key under {subject.name} in account {subject.account}.",
    )


def _last_used(used: dict[str, object]) -> str:
    when = moment(used.get("LastUsedDate"))
    if "LastUsedDate" not in used:
        return when
    return f"{when}, {used['ServiceName']} in {used['Region']}, says IAM (hours late)"


def _other_keys(around: Around, subject: Subject, listed: list[dict[str, str]]) -> None:
    others = [entry for entry in listed if entry["AccessKeyId"] != subject.id]
    told = ", ".join(f"{entry['AccessKeyId']} ({entry['Status']})" for entry in others)
    around.fact("other keys of the user", told or "none")
    if any(entry["Status"] == "Active" for entry in others):
        around.warnings.append("The user has another active key: judge it as well.")


DEACTIVATE = Action(
    name="deactivate-access-key",
    title="Deactivate an access key",
    subject_kind="access-key",
    parameters=(Parameter("user", "the user that owns the key, where the case does not say"),),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "iam:ListAccessKeys", "iam:GetUser"),
        look=("sts:GetAccessKeyInfo", "iam:GetAccessKeyLastUsed"),
        apply=("iam:UpdateAccessKey", "iam:ListAccessKeys"),
        undo=("iam:UpdateAccessKey", "iam:ListAccessKeys"),
    ),
    does="Sets the key to Inactive: AWS refuses every call signed with it from then on. The key "
    "stays and can be made active again.",
    does_not_stop=(
        "Sessions made with the key (GetSessionToken, GetFederationToken) live on for up to 36 "
        "hours: revoke the user's sessions as well.",
        "Roles that were assumed with it: revoke the sessions of each.",
        "Other keys, users, roles or sign-ins that the key was used to make.",
        "Calls within the first seconds: IAM takes a moment until the key is refused everywhere.",
    ),
    can_hurt=(
        "Whatever works with this key stops working: see who used it in the case, and from where.",
    ),
    undo_says="Sets the key back to Active, if it is still Inactive by then.",
    undo_warns="The key works again for everybody who holds it, the attacker too.",
    find=find_key,
    read=read_key,
    change=_deactivate,
    restore=_restore,
    holds=_holds,
    look_around=look_around_key,
    order=Order.KEYS,
)

ACTIONS = (DEACTIVATE,)
