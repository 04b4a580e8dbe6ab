"""Buckets, as what actions work on. Each call says whose the bucket has to be."""

from typing import TYPE_CHECKING

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import Refusal, Scene, Subject
from trailtui.respond.case_changes import Recorded, recorded
from trailtui.respond.placing import placed, read_if_there

if TYPE_CHECKING:
    from trailtui.case.file import Case

SOURCE = "s3.amazonaws.com"
NO_POLICY = ("NoSuchBucketPolicy",)
_OLD_NAMES = {"": "us-east-1", "EU": "eu-west-1"}
"""GetBucketLocation says nothing of buckets in us-east-1, and EU of the oldest in Ireland."""


def find_bucket(scene: Scene, target: str) -> Subject:
    """The account's bucket of that name or ARN, and its Region.

    Raises Refusal where there is none; AccessDenied also where it is another account's.
    """
    typed = placed(scene, target, "s3", "")
    owner = scene.identity.account
    named = {"Bucket": typed.name, "ExpectedBucketOwner": owner}
    told = read_if_there(scene.aws, "s3", "GetBucketLocation", **named)
    if told is None:
        raise Refusal("there is no such bucket", where=target, cure="Check its name.")
    told_region = told.get("LocationConstraint") or ""
    region = _OLD_NAMES.get(told_region, told_region)
    arn = f"arn:{scene.aws.partition}:s3:::{typed.name}"
    return Subject("bucket", typed.name, arn, owner, typed.name, region)


def naming(subject: Subject) -> dict[str, str]:
    """The parameters that name a bucket, and keep the call from one that somebody else made since.

    Names of buckets are free again for everybody once one is deleted.
    """
    return {"Bucket": subject.name, "ExpectedBucketOwner": subject.account}


def bucket_call(operation: str, subject: Subject, **parameters: object) -> ApiCall:
    """A call about the bucket, to its Region."""
    return ApiCall("s3", operation, {**naming(subject), **parameters}, subject.region)


def bucket_changes(case: "Case", subject: Subject, *names: str) -> list[Recorded]:
    """The calls of those names in the case that were about the bucket, in time order."""
    return [
        call
        for call in recorded(case, subject.account, names, SOURCE)
        if call.request.get("bucketName") == subject.name
    ]
