"""A bucket's policy: one principal denied by it, and the whole put back to what it was."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import NotFound
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
from trailtui.respond.case_changes import Recorded, former
from trailtui.respond.iam_policy_changes import document_of
from trailtui.respond.looking import Around, parsed_document, trusted_principals
from trailtui.respond.placing import at_home, read_unless
from trailtui.respond.resource_denials import (
    PRINCIPAL,
    denial,
    denied_on,
    principal_of,
    resource_and_principal,
    tell_use,
    with_statement,
    within,
)
from trailtui.respond.s3_buckets import (
    NO_POLICY,
    bucket_call,
    bucket_changes,
    find_bucket,
    naming,
)

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

MOST_CHARACTERS = 20 * 1024
"""Of a bucket's policy; Amazon S3 User Guide, "Bucket policies"."""
_NONE = "none"
_CALLS = ("PutBucketPolicy", "DeleteBucketPolicy")


def _read(aws: "AwsSession", subject: Subject) -> State:
    here = at_home(aws, subject)
    try:
        told = read_unless(here, NO_POLICY, "s3", "GetBucketPolicy", **naming(subject))
    except NotFound:
        return {"bucket": "gone", "policy": None, "exact": None}
    text = None if told is None else str(told["Policy"])
    parsed = None if text is None else parsed_document(text)
    return {"bucket": "there", "policy": parsed, "exact": text}


def _set(subject: Subject, text: str | None) -> ApiCall:
    if text is None:
        return bucket_call("DeleteBucketPolicy", subject)
    return bucket_call("PutBucketPolicy", subject, Policy=text)


def _restore(subject: Subject, prior: State, _left: State) -> Change:
    return Change((_set(subject, prior["exact"]),), prior)


def _holds(expected: State, present: State) -> bool:
    """As expected; a bucket that is gone lets nobody in either."""
    return present["bucket"] == "gone" or same_state(expected, present)


def _find_denied(scene: Scene, target: str) -> Subject:
    bucket, principal = resource_and_principal(scene, target)
    return denied_on(find_bucket(scene, bucket), principal, "bucket-principal")


def _deny(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present["bucket"] == "gone":
        raise Refusal("the bucket is gone", where=subject.id)
    partition = subject.arn.split(":")[1]
    arn = f"arn:{partition}:s3:::{subject.name}"
    statement = denial(principal_of(subject), "s3", [arn, f"{arn}/*"])
    policy = with_statement(present["policy"], statement, subject.id)
    text = within(policy, MOST_CHARACTERS, subject.id)
    return Change((_set(subject, text),), {**present, "policy": policy, "exact": text})


def _around(scene: Scene, subject: Subject, present: State) -> Around:
    around = Around(scene.aws)
    told = [] if present["policy"] is None else trusted_principals(present["policy"])
    around.fact("the policy lets in now", ", ".join(told) or "nobody by itself")
    for call in bucket_changes(scene.case, subject, *_CALLS)[-3:]:
        around.fact("changed", call.says())
    return around


def _look_at_denied(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = _around(scene, subject, present)
    tell_use(scene, subject, around)
    certainty = (
        f"S3 knows the bucket {subject.name}. The denial counts for whoever has exactly that ARN, "
        "also for a namesake that is made later."
    )
    return Surroundings(tuple(around.facts), tuple(around.warnings), certainty)


def _recorded_policy(call: Recorded) -> str | None:
    """The policy that a recorded call set, as text; None where it took the policy away."""
    if call.name == "DeleteBucketPolicy":
        return None
    told: object = call.request.get("bucketPolicy")
    return told if isinstance(told, str) else json.dumps(told)


def _former(scene: Scene, subject: Subject, _present: State) -> Mapping[str, str]:
    """The parameters with the policy that is put back, and the event that it comes from."""
    given = dict(scene.parameters)
    if "document" in given:
        return given
    calls = bucket_changes(scene.case, subject, *_CALLS)
    found = former(calls, given.get("from-event"))
    if found is None:
        raise Refusal(
            "the case has no event that tells the policy from before",
            where=subject.id,
            cure="Collect older events (PutBucketPolicy), or give the text: --parameter "
            f"document='{{...}}', or document={_NONE} where there was none.",
        )
    text = _recorded_policy(found)
    return {**given, "from-event": found.event_id, "document": text or _NONE}


def _put_back(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    if present["bucket"] == "gone":
        raise Refusal("the bucket is gone", where=subject.id)
    without = parameters["document"].strip() == _NONE
    text = None if without else document_of(parameters)
    parsed = None if text is None else cast("dict[str, Any]", json.loads(text))
    if present["policy"] == parsed:
        raise AlreadyDone("the bucket has exactly that policy", where=subject.id)
    return Change((_set(subject, text),), {**present, "policy": parsed, "exact": text})


def _look_at_policy(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = _around(scene, subject, present)
    certainty = f"S3 knows {subject.name}. A former policy is as true as the record that tells it."
    return Surroundings(tuple(around.facts), tuple(around.warnings), certainty)


DENY_PRINCIPAL_ON_BUCKET = Action(
    name="deny-principal-on-bucket",
    title="Deny a principal on a bucket",
    subject_kind="bucket-principal",
    parameters=(PRINCIPAL,),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "s3:GetBucketLocation", "s3:GetBucketPolicy"),
        look=(),
        apply=("s3:PutBucketPolicy", "s3:GetBucketPolicy"),
        undo=("s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetBucketPolicy"),
    ),
    does="Adds a statement to the bucket's policy that denies a user, a role with its sessions, "
    "or an account everything on the bucket and its objects. What else the policy says stays.",
    does_not_stop=(
        "The principal elsewhere: other buckets, other services. It is no containment of it.",
        "Other principals that it can become; whoever may change the bucket's policy can take "
        "the statement away.",
        "AWS services that act in their own name, and what was copied already.",
    ),
    can_hurt=("Whatever works as this principal with the bucket stops, lawful work too.",),
    undo_says="Puts the policy back as it was, to the byte; takes it away where there was none.",
    undo_warns="The principal can use the bucket again, as far as other policies let it.",
    find=_find_denied,
    read=_read,
    change=_deny,
    restore=_restore,
    holds=_holds,
    look_around=_look_at_denied,
    order=Order.DATA,
    region_bound=True,
)

RESTORE_BUCKET_POLICY = Action(
    name="restore-bucket-policy",
    title="Restore a bucket's policy",
    subject_kind="bucket",
    parameters=(
        Parameter("document", "the policy's text, or none; else the case's events tell it"),
        Parameter("from-event", "the event whose policy counts; else the one before the last"),
    ),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "s3:GetBucketLocation", "s3:GetBucketPolicy"),
        look=(),
        apply=("s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetBucketPolicy"),
        undo=("s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetBucketPolicy"),
    ),
    does="Sets the bucket's policy to what it was before the last change that the case knows of "
    "(PutBucketPolicy, DeleteBucketPolicy), or to the text that is given.",
    does_not_stop=(
        "What was read or copied meanwhile.",
        "Lists (ACLs) of the bucket and its objects, which the policy says nothing of.",
        "Whoever changed it can change it again: contain that credential.",
    ),
    can_hurt=("Whoever was let in since, lawfully too, can no longer use the bucket.",),
    undo_says="Puts the policy back that stood at the time of the plan, to the byte.",
    undo_warns="The bucket is open again to whom the attacker opened it.",
    find=find_bucket,
    read=_read,
    change=_put_back,
    restore=_restore,
    holds=_holds,
    look_around=_look_at_policy,
    order=Order.DATA,
    region_bound=True,
    complete=_former,
)

ACTIONS = (DENY_PRINCIPAL_ON_BUCKET, RESTORE_BUCKET_POLICY)
