"""IAM users and roles as what actions work on: found by name or ARN, and confirmed by IAM."""

from typing import TYPE_CHECKING

from trailtui.aws.errors import NotFound
from trailtui.respond.action import Refusal, Scene, Subject
from trailtui.respond.targets import parse_iam_name

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession


def find_user(scene: Scene, target: str) -> Subject:
    """The user of that name or ARN; raises Refusal for another account's, NotFound."""
    named = parse_iam_name(target, "user")
    refuse_other_account(scene, named.account, target)
    user = scene.aws.read("iam", "GetUser", UserName=named.name).values["User"]
    return Subject("user", user["UserName"], user["Arn"], user["Arn"].split(":")[4], named.name)


def find_role(scene: Scene, target: str) -> Subject:
    """The role of that name or ARN, or that a session's ARN names; else as `find_user`."""
    named = parse_iam_name(target, "role")
    refuse_other_account(scene, named.account, target)
    role = scene.aws.read("iam", "GetRole", RoleName=named.name).values["Role"]
    return Subject("role", role["RoleName"], role["Arn"], role["Arn"].split(":")[4], named.name)


def part_of(principal: Subject, kind: str, part: str) -> Subject:
    """Something that a user or role has; what is typed to confirm is `NAME/PART`."""
    return Subject(
        kind, f"{principal.name}/{part}", principal.arn, principal.account, principal.name
    )


def name_of_part(subject: Subject) -> str:
    """The part that `part_of` put behind the name."""
    return subject.id.removeprefix(f"{subject.name}/")


def split_target(target: str, part: str | None, *, what: str, parameter: str) -> tuple[str, str]:
    """The user or role, and its part: typed as `NAME/PART`, or the part as a parameter.

    Raises Refusal where neither names the part.
    """
    word = target.strip()
    if part:
        return word, part.strip()
    if not word.startswith("arn:"):
        name, slash, rest = word.partition("/")
        if slash and name and rest:
            return name, rest
    raise Refusal(
        f"it is not said which {what}",
        where=target,
        cure=f"Give NAME/{what.upper().replace(' ', '-')}, or --parameter {parameter}=...",
    )


def refuse_other_account(scene: Scene, account: str | None, target: str) -> None:
    """Raise Refusal where an ARN is of another account than the session's."""
    if account is not None and account != scene.identity.account:
        raise Refusal(
            f"it belongs to account {account}, this session to {scene.identity.account}",
            where=target,
            cure=f"Give a --profile for {account}.",
        )


def kind_word(subject: Subject) -> str:
    """How the operations call it: User or Role."""
    return "Role" if ":role/" in subject.arn else "User"


def naming(subject: Subject) -> dict[str, str]:
    """The parameter that names the user or role. Without it some calls act on the caller."""
    return {f"{kind_word(subject)}Name": subject.name}


def unique_id(aws: "AwsSession", subject: Subject) -> str | None:
    """AWS's own id of the user or role (AIDA…, AROA…); None where it is gone.

    Who is made anew under the same name has another one.
    """
    word = kind_word(subject)
    try:
        values = aws.read("iam", f"Get{word}", **naming(subject)).values
    except NotFound:
        return None
    return str(values[word][f"{word}Id"])
