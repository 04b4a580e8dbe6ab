"""Closing what was opened in a security group, and nothing else of it."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import NotFound
from trailtui.model.ingress_rules import WORD, by_word, recorded_words
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
from trailtui.respond.case_changes import Recorded, members, recorded
from trailtui.respond.iam_principals import refuse_other_account
from trailtui.respond.looking import Around
from trailtui.respond.regional import REGION, find_in_region

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_ID = re.compile(r"sg-[0-9a-f]{8,17}")
_ARN = re.compile(r"arn:aws[\w-]*:ec2:([\w-]+):(\d{12}):security-group/(sg-[0-9a-f]{8,17})")


def _group(aws: "AwsSession", name: str) -> dict[str, Any] | None:
    """The group of that id, or of that name where there is one only; None where there is none."""
    try:
        if _ID.fullmatch(name):
            asked: dict[str, Any] = {"GroupIds": [name]}
        else:
            asked = {"Filters": [{"Name": "group-name", "Values": [name]}]}
        found = aws.read("ec2", "DescribeSecurityGroups", **asked).values["SecurityGroups"]
    except NotFound:
        return None
    if len(found) > 1:
        listed = ", ".join(one["GroupId"] for one in found)
        raise Refusal(f"several groups have that name: {listed}", where=name, cure="Give an id.")
    return found[0] if found else None


def _find(scene: Scene, target: str) -> Subject:
    told = _ARN.fullmatch(target.strip())
    if told:
        refuse_other_account(scene, told[2], target)
    name, rules = (told[3], "") if told else _split(target.strip())
    region, group = find_in_region(
        scene, target, told[1] if told else None, lambda aws: _group(aws, name)
    )
    number = str(group["GroupId"])
    account = scene.identity.account
    arn = f"arn:{scene.aws.partition}:ec2:{region}:{account}:security-group/{number}"
    bare = Subject("ingress", number, arn, account, number, region)
    words = _words(scene.parameters.get("rule") or rules) or _opened(scene, bare, group)
    return Subject("ingress", f"{number}/{','.join(words)}", arn, account, number, region)


def _split(target: str) -> tuple[str, str]:
    """A group, and the rules behind a slash."""
    name, _, rules = target.partition("/")
    return name, rules


def _words(text: str) -> list[str]:
    words = sorted({word.strip() for word in text.split(",") if word.strip()})
    for word in words:
        if not WORD.fullmatch(word):
            raise Refusal(
                "this is no rule", where=word, cure="Write it as tcp/22/0.0.0.0/0, or all/::/0."
            )
    return words


def openings(scene: Scene, subject: Subject) -> list[Recorded]:
    """The calls in the case that opened the group to somebody."""
    calls = recorded(
        scene.case, subject.account, ("AuthorizeSecurityGroupIngress",), "ec2.amazonaws.com"
    )
    return [
        call for call in calls if call.region == subject.region and subject.name in _groups_of(call)
    ]


def _groups_of(call: Recorded) -> set[str]:
    """The ids of the group that a call opened; older calls name it, and the answer tells its id."""
    made = members(call.answer.get("securityGroupRuleSet")).get("items")
    listed = cast("list[Any]", made) if isinstance(made, list) else []
    return {str(one.get("groupId")) for one in (call.request, *map(members, listed))}


def _opened(scene: Scene, subject: Subject, group: Mapping[str, Any]) -> list[str]:
    """What the case's events opened, and still stands; raises Refusal where they tell nothing."""
    calls = openings(scene, subject)
    stands = by_word(group["IpPermissions"])
    words = sorted({w for call in calls for w in recorded_words(call.request) if w in stands})
    if words:
        return words
    if calls:
        raise AlreadyDone("nothing that the case's events opened still stands", where=subject.id)
    raise Refusal(
        f"no event of the case opened it; it lets in: {', '.join(stands) or 'nobody'}",
        where=subject.id,
        cure="Give the rule: --parameter rule=tcp/22/0.0.0.0/0.",
    )


def _rules_of(subject: Subject) -> list[str]:
    return subject.id.removeprefix(f"{subject.name}/").split(",")


def _read(aws: "AwsSession", subject: Subject) -> State:
    group = _group(aws.in_region(subject.region), subject.name)
    words = _rules_of(subject)
    if group is None:
        return {"group": False, "open": dict.fromkeys(words, False), "exact": {}}
    stands = by_word(group["IpPermissions"])
    kept = {word: stands[word] for word in words if word in stands}
    return {"group": True, "open": {word: word in stands for word in words}, "exact": kept}


def _call(operation: str, subject: Subject, rules: list[Any]) -> ApiCall:
    named = {"GroupId": subject.name, "IpPermissions": rules}
    return ApiCall("ec2", operation, named, subject.region)


def _revoke(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if not present["group"]:
        raise Refusal("the group is gone", where=subject.id)
    standing = list(present["exact"].values())
    if not standing:
        raise AlreadyDone("the group does not let that in", where=subject.id)
    closed = {**present, "open": dict.fromkeys(present["open"], False), "exact": {}}
    return Change((_call("RevokeSecurityGroupIngress", subject, standing),), closed)


def _authorize(subject: Subject, prior: State, _left: State) -> Change:
    rules = list(prior["exact"].values())
    return Change((_call("AuthorizeSecurityGroupIngress", subject, rules),), prior)


def _holds(expected: State, present: State) -> bool:
    """As expected; what is meant to be closed is also closed where the group is gone."""
    closed = not any(present["open"].values()) and not any(expected["open"].values())
    return closed or same_state(expected, present)


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = Around(scene.aws.in_region(subject.region))
    calls = openings(scene, subject)
    for call in calls[-3:]:
        around.fact("opened", f"{', '.join(recorded_words(call.request))}: {call.says()}")
    if not calls:
        around.warnings.append(
            "No event of the case opened it: make sure that it is the attacker's doing."
        )

    def tell(values: dict[str, Any]) -> None:
        ids = [one["NetworkInterfaceId"] for one in values["NetworkInterfaces"]]
        around.fact("interfaces in the group", f"{len(ids)}: {', '.join(ids[:5]) or 'none'}")

    asked: Any = [{"Name": "group-id", "Values": [subject.name]}]
    around.look("DescribeNetworkInterfaces", tell, service="ec2", Filters=asked)
    for rule in present["exact"].values():
        around.fact("rule", str(rule))
    return Surroundings(
        tuple(around.facts),
        tuple(around.warnings),
        f"EC2 knows {subject.arn}. Another group of the same interfaces may let the same in.",
    )


REVOKE_INGRESS = Action(
    name="revoke-ingress",
    title="Close what was opened in a security group",
    subject_kind="ingress",
    parameters=(
        Parameter(
            "rule", "PROTOCOL/PORTS/SOURCE, several with commas; else what the case's events opened"
        ),
        REGION,
    ),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "ec2:DescribeSecurityGroups"),
        look=("ec2:DescribeNetworkInterfaces",),
        apply=("ec2:RevokeSecurityGroupIngress", "ec2:DescribeSecurityGroups"),
        undo=("ec2:AuthorizeSecurityGroupIngress", "ec2:DescribeSecurityGroups"),
    ),
    does="Takes these rules out of the security group, and no others: nobody from there connects "
    "anew.",
    does_not_stop=(
        "Tracked connections that stand already, until they have been idle for long.",
        "What other rules, and other groups of the same machine, let in.",
        "Whoever opened it can do so again: contain that credential first.",
    ),
    can_hurt=("Whoever came in lawfully by the same rule is locked out.",),
    undo_says="Adds the same rules again with their descriptions. They get other ids; tags of a "
    "rule are not put back.",
    undo_warns="The machines of the group can be reached from there again.",
    find=_find,
    read=_read,
    change=_revoke,
    restore=_authorize,
    holds=_holds,
    look_around=_look_around,
    order=Order.SOURCES,
    region_bound=True,
)

ACTIONS = (REVOKE_INGRESS,)
