"""DescribeInstances by the profile that an instance has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sim.laboratory import ALLOW_ALL, Laboratory, outcome

IMAGE = "ami-0a1b2c3d4e5f60718"
FILTER = "iam-instance-profile.arn"


def launch(lab: Laboratory, profile: str | None) -> str:
    """A running instance, with a profile of that name where one is given."""
    more: dict[str, Any] = {}
    if profile is not None:
        lab.role(profile, ALLOW_ALL, trust={"Service": "ec2.amazonaws.com"})
        lab.iam.create_instance_profile(InstanceProfileName=profile)
        lab.iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=profile)
        more["IamInstanceProfile"] = {"Name": profile}
    ec2 = lab.root.client("ec2")
    made = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, **more)
    return str(made["Instances"][0]["InstanceId"])


def arn(lab: Laboratory, profile: str) -> str:
    return f"arn:aws:iam::{lab.account.number}:instance-profile/{profile}"


def found(lab: Laboratory, *filters: tuple[str, list[str]]) -> set[str]:
    asked = [{"Name": name, "Values": values} for name, values in filters]
    told = lab.root.client("ec2").describe_instances(Filters=asked)["Reservations"]
    return {one["InstanceId"] for group in told for one in group["Instances"]}


def test_instances_are_found_by_the_arn_of_their_profile(lab: Laboratory) -> None:
    web, batch, _ = launch(lab, "web"), launch(lab, "batch"), launch(lab, None)
    running = ("instance-state-name", ["running"])
    assert found(lab, (FILTER, [arn(lab, "web")])) == {web}
    assert found(lab, (FILTER, [arn(lab, "web"), arn(lab, "batch")]), running) == {web, batch}
    assert found(lab, (FILTER, [arn(lab, "*")])) == {web, batch}
    assert found(lab, (FILTER, [arn(lab, "WEB"), "web", "*/we"])) == set()
    lab.root.client("ec2").stop_instances(InstanceIds=[web])
    assert found(lab, (FILTER, [arn(lab, "web")]), running) == set()


def test_a_profile_that_was_taken_away_or_replaced_counts_no_more(lab: Laboratory) -> None:
    web, batch = launch(lab, "web"), launch(lab, "batch")
    ec2 = lab.root.client("ec2")
    listed = ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    ids = {one["InstanceId"]: one["AssociationId"] for one in listed}
    ec2.disassociate_iam_instance_profile(AssociationId=ids[web])
    ec2.replace_iam_instance_profile_association(
        AssociationId=ids[batch], IamInstanceProfile={"Name": "web"}
    )
    assert found(lab, (FILTER, [arn(lab, "web")])) == {batch}
    assert found(lab, (FILTER, [arn(lab, "batch")])) == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [(FILTER, "arn:aws:iam::1:instance-profile/w?b"), ("iam-instance-profile.id", "AIPA")],
)
def test_what_is_not_known_is_refused_and_not_guessed(
    lab: Laboratory, name: str, value: str
) -> None:
    launch(lab, "web")
    ec2 = lab.root.client("ec2")
    asked = [{"Name": name, "Values": [value]}]
    assert outcome(ec2.describe_instances, Filters=asked) == "NotImplemented"
