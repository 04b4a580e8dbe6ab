"""S3's public access block: of one bucket, and of the whole account."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import NotFound
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Permissions,
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.case_changes import recorded
from trailtui.respond.iam_principals import refuse_other_account
from trailtui.respond.looking import Around, parsed_document, trusted_principals
from trailtui.respond.placing import at_home, read_unless
from trailtui.respond.s3_buckets import (
    NO_POLICY,
    SOURCE,
    bucket_call,
    bucket_changes,
    find_bucket,
    naming,
)

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_NO_BLOCK = ("NoSuchPublicAccessBlockConfiguration",)
_MEMBER = "PublicAccessBlockConfiguration"
_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ALL: dict[str, bool] = dict.fromkeys(_FLAGS, True)
_CALLS = ("PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock")
_ACCOUNT_CALLS = ("PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock")


def _block(told: Mapping[str, Any] | None) -> dict[str, bool] | None:
    """The four switches; None where nothing is set, which leaves all of them off."""
    if told is None:
        return None
    return {name: bool(told[_MEMBER].get(name)) for name in _FLAGS}


def _read_bucket(aws: "AwsSession", subject: Subject) -> State:
    here = at_home(aws, subject)
    try:
        told = read_unless(here, _NO_BLOCK, "s3", "GetPublicAccessBlock", **naming(subject))
    except NotFound:
        return {"bucket": "gone", "block": None}
    return {"bucket": "there", "block": _block(told)}


def _read_account(aws: "AwsSession", subject: Subject) -> State:
    named = {"AccountId": subject.account}
    return {
        "block": _block(read_unless(aws, _NO_BLOCK, "s3control", "GetPublicAccessBlock", **named))
    }


def _set(subject: Subject, block: Mapping[str, bool] | None) -> ApiCall:
    """The call that sets the switches, or takes the setting away."""
    verb, given = ("Delete", {}) if block is None else ("Put", {_MEMBER: dict(block)})
    if subject.kind == "bucket":
        return bucket_call(f"{verb}PublicAccessBlock", subject, **given)
    named = {"AccountId": subject.account, **given}
    return ApiCall("s3control", f"{verb}PublicAccessBlock", named)


def _change(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present.get("bucket") == "gone":
        raise Refusal("the bucket is gone", where=subject.id)
    if present["block"] == _ALL:
        raise AlreadyDone("all public access is blocked", where=subject.id)
    return Change((_set(subject, _ALL),), {**present, "block": _ALL})


def _restore(subject: Subject, prior: State, _left: State) -> Change:
    return Change((_set(subject, prior["block"]),), prior)


def _holds(expected: State, present: State) -> bool:
    """As expected; a bucket that is gone lets nobody in either."""
    return present.get("bucket") == "gone" or same_state(expected, present)


def _around_bucket(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = Around(at_home(scene.aws, subject))

    def tell(values: dict[str, Any]) -> None:
        told = trusted_principals(parsed_document(values["Policy"]))
        around.fact("its policy lets in", ", ".join(told) or "nobody")
        if any(one.startswith("everybody") for one in told):
            around.warnings.append(
                "Its policy lets everybody in: a website or downloads may be meant to be public."
            )

    around.look("GetBucketPolicy", tell, service="s3", absent=NO_POLICY, **naming(subject))
    for call in bucket_changes(scene.case, subject, *_CALLS)[-3:]:
        around.fact("changed", call.says())
    certainty = f"S3 knows {subject.name} in {subject.region}, and says what is set."
    return Surroundings(tuple(around.facts), tuple(around.warnings), certainty)


def _find_account(scene: Scene, target: str) -> Subject:
    account = scene.identity.account
    if target.strip() not in (account, "account"):
        if target.strip().isdecimal():
            refuse_other_account(scene, target.strip(), target)
        raise Refusal("it is the account that is meant", where=target, cure=f"Give {account}.")
    return Subject("account", account, f"arn:{scene.aws.partition}:s3:::*", account, account)


def _around_account(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = Around(scene.aws)
    listed: list[str] = []
    around.look(
        "ListBuckets",
        lambda values: listed.extend(b["Name"] for b in values["Buckets"]),
        service="s3",
    )
    if listed:
        around.fact("buckets that it counts for", str(len(listed)))
    for call in recorded(scene.case, subject.account, _ACCOUNT_CALLS, SOURCE)[-3:]:
        around.fact("changed", call.says())
    around.warnings.append("It counts for every bucket: which are meant to be public is not known.")
    certainty = "S3 says what is set for the account."
    return Surroundings(tuple(around.facts), tuple(around.warnings), certainty)


_DOES_NOT_STOP = (
    "Whoever has permissions by IAM, in this account or by a policy that names them in another: "
    "only what is public is blocked.",
    "Objects that were copied already, and presigned links of principals that may still read.",
    "Whoever lifted the block can lift it again: contain that credential.",
)
_CAN_HURT = (
    "Websites, downloads and content networks that read without signing stop.",
    "Access that a public policy gave to other accounts stops as well (RestrictPublicBuckets).",
)

BLOCK_PUBLIC_ACCESS = Action(
    name="block-public-access",
    title="Block public access to a bucket",
    subject_kind="bucket",
    parameters=(),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "s3:GetBucketLocation", "s3:GetBucketPublicAccessBlock"),
        look=("s3:GetBucketPolicy",),
        apply=("s3:PutBucketPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
        undo=("s3:PutBucketPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    ),
    does="Sets all four switches of the bucket's public access block: public lists and policies "
    "are refused, and those that are there let nobody in.",
    does_not_stop=_DOES_NOT_STOP,
    can_hurt=_CAN_HURT,
    undo_says="Sets the switches as they were, or takes the setting away where there was none.",
    undo_warns="What the bucket's policy or lists make public is public again.",
    find=find_bucket,
    read=_read_bucket,
    change=_change,
    restore=_restore,
    holds=_holds,
    look_around=_around_bucket,
    order=Order.DATA,
    region_bound=True,
)

BLOCK_ACCOUNT_PUBLIC_ACCESS = Action(
    name="block-account-public-access",
    title="Block public access to all buckets",
    subject_kind="account",
    parameters=(),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "s3:GetAccountPublicAccessBlock"),
        look=("s3:ListAllMyBuckets",),
        apply=("s3:PutAccountPublicAccessBlock", "s3:GetAccountPublicAccessBlock"),
        undo=("s3:PutAccountPublicAccessBlock", "s3:GetAccountPublicAccessBlock"),
    ),
    does="Sets all four switches of the account's public access block: they count for every "
    "bucket, whatever is set for it.",
    does_not_stop=_DOES_NOT_STOP,
    can_hurt=_CAN_HURT,
    undo_says="Sets the switches as they were, or takes the setting away where there was none.",
    undo_warns="Each bucket is as public again as its own settings make it.",
    find=_find_account,
    read=_read_account,
    change=_change,
    restore=_restore,
    holds=same_state,
    look_around=_around_account,
    order=Order.DATA,
)

ACTIONS = (BLOCK_PUBLIC_ACCESS, BLOCK_ACCOUNT_PUBLIC_ACCESS)
