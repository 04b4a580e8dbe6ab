"""Several accounts: an organisation, roles and buckets across accounts, their records."""

from __future__ import annotations

import json
from typing import Any

from tests.sim.buckets import event_ids, log_files, stored
from tests.sim.corpus import START, corpus
from tests.sim.laboratory import ALLOW_ALL, Laboratory, outcome, policy, statement
from tests.simulated import organisation, trail


def test_a_member_is_entered_by_its_role(lab: Laboratory) -> None:
    org = organisation(lab.account)
    told = [one["Id"] for one in lab.root.client("organizations").list_accounts()["Accounts"]]
    assert sorted(told) == sorted(org.accounts)
    first, second = (org.enter(member) for member in org.members)
    identity = first.client("sts").get_caller_identity()
    assert identity["Account"] == org.members[0]
    assert identity["Arn"].endswith(":assumed-role/OrganizationAccountAccessRole/responder")
    first.client("iam").create_user(UserName="here")
    assert [u["UserName"] for u in first.client("iam").list_users()["Users"]] == ["here"]
    assert second.client("iam").list_users()["Users"] == []
    assert "here" not in {u["UserName"] for u in lab.iam.list_users()["Users"]}


def test_a_members_keys_and_policies_are_enforced_in_it(lab: Laboratory) -> None:
    org = organisation(lab.account, 1)
    iam = org.enter(org.members[0]).client("iam")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"]
    user = lab.account.actor(lab.account.credential(key))
    assert outcome(user.client("iam").list_users) == "AccessDenied"
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=ALLOW_ALL)
    assert outcome(user.client("iam").list_users) == "allowed"
    boundary = "arn:aws:iam::aws:policy/AWSDenyAll"
    iam.put_user_permissions_boundary(UserName="u", PermissionsBoundary=boundary)
    assert outcome(user.client("iam").list_users) == "AccessDenied"
    iam.update_access_key(UserName="u", AccessKeyId=key, Status="Inactive")
    assert outcome(user.client("iam").list_users) == "InvalidClientTokenId"
    assert not lab.account.ledger.usable(key)


def test_who_may_not_enter(lab: Laboratory) -> None:
    org = organisation(lab.account)
    outsider = org.enter(org.members[0]).client("sts")
    asked = {"RoleArn": org.role(org.members[1]), "RoleSessionName": "visit"}
    assert outcome(outsider.assume_role, **asked) == "AccessDenied"
    powerless = lab.user("powerless").client("sts")
    assert outcome(powerless.assume_role, **asked) == "AccessDenied"
    absent = asked | {"RoleArn": org.role("999999999999")}
    assert outcome(org.admin.client("sts").assume_role, **absent) == "AccessDenied"


def test_records_lie_in_the_account_that_was_called(lab: Laboratory) -> None:
    org = organisation(lab.account)
    member = org.enter(org.members[0])
    member.client("iam").list_users()
    lab.iam.list_roles()
    names = {
        who: [e["EventName"] for e in actor.client("cloudtrail").lookup_events()["Events"]]
        for who, actor in (("member", member), ("management", lab.root))
    }
    assert names == {"member": ["ListUsers"], "management": ["ListRoles"]}


def test_an_assumed_role_is_recorded_on_both_sides(lab: Laboratory) -> None:
    org = organisation(lab.account)
    member = org.members[0]
    sts = org.admin.client("sts")
    sts.assume_role(RoleArn=org.role(member), RoleSessionName="visit")
    ours, theirs = lab.account.records[-2:]
    assert (ours["recipientAccountId"], theirs["recipientAccountId"]) == (org.management, member)
    assert ours["sharedEventID"] == theirs["sharedEventID"]
    assert ours["eventID"] != theirs["eventID"]
    assert ours["userIdentity"]["type"] == "IAMUser"
    assert theirs["userIdentity"] == {
        "type": "AWSAccount",
        "principalId": ours["userIdentity"]["principalId"],
        "accountId": org.management,
    }
    assert (
        outcome(sts.assume_role, RoleArn=org.role(member) + "x", RoleSessionName="visit")
        != "allowed"
    )
    assert lab.account.records[-1]["recipientAccountId"] == org.management


def _bucket_policy(principal: Any, effect: str = "Allow") -> str:
    resources = ["arn:aws:s3:::central", "arn:aws:s3:::central/*"]
    return policy(statement(effect, ["s3:*"], resources, Principal=principal))


def test_a_bucket_of_another_account_needs_both_sides(lab: Laboratory) -> None:
    org = organisation(lab.account)
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="central")
    s3.put_object(Bucket="central", Key="a", Body=b"log")
    member = org.enter(org.members[0])
    read = member.client("s3").get_object
    asked = {"Bucket": "central", "Key": "a"}
    assert outcome(read, **asked) == "AccessDenied"
    everyone_there = {"AWS": f"arn:aws:iam::{org.members[0]}:root"}
    s3.put_bucket_policy(Bucket="central", Policy=_bucket_policy(everyone_there))
    assert outcome(read, **asked) == "allowed"
    other = org.enter(org.members[1]).client("s3").get_object
    assert outcome(other, **asked) == "AccessDenied"
    iam = member.client("iam")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"]
    user = lab.account.actor(lab.account.credential(key)).client("s3")
    assert outcome(user.get_object, **asked) == "AccessDenied"
    ours, theirs = [r for r in lab.account.records if r["eventName"] == "GetObject"][1:3]
    assert (ours["recipientAccountId"], theirs["recipientAccountId"]) == (
        org.members[0],
        org.management,
    )


def test_a_policy_may_ask_for_the_organisation(lab: Laboratory) -> None:
    org = organisation(lab.account)
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="central")
    document = json.loads(_bucket_policy("*"))
    condition = {"StringEquals": {"aws:PrincipalOrgID": org.id}}
    document["Statement"][0]["Condition"] = condition
    s3.put_bucket_policy(Bucket="central", Policy=json.dumps(document))
    read = org.enter(org.members[0]).client("s3").list_objects_v2
    assert outcome(read, Bucket="central") == "allowed"
    condition["StringEquals"]["aws:PrincipalOrgID"] = "o-another000"
    s3.put_bucket_policy(Bucket="central", Policy=json.dumps(document))
    assert outcome(read, Bucket="central") == "AccessDenied"


def test_a_trail_of_the_organisation(lab: Laboratory) -> None:
    org = organisation(lab.account)
    records = corpus(300, accounts=(*org.accounts, "999999999999"), data_share=0)
    lab.account.adopt(records)
    trail(lab.account, since=START, IsOrganizationTrail=True)
    lab.account.deliver_to_bucket()
    for number in org.accounts:
        files = [f for f in log_files(lab.account) if f"/{number}/" in f.key]
        assert all(file.key.startswith(f"AWSLogs/{org.id}/{number}/CloudTrail/") for file in files)
        wanted = [record for record in records if record["recipientAccountId"] == number]
        assert event_ids([r for file in files for r in file.records]) == event_ids(wanted) != []
        digests = stored(lab.account, within=f"AWSLogs/{org.id}/{number}/CloudTrail-Digest/")
        assert digests[0].json["awsAccountId"] == number
    assert not [f for f in log_files(lab.account) if "/999999999999/" in f.key]


def test_members_see_the_organisations_trail_but_may_not_change_it(lab: Laboratory) -> None:
    org = organisation(lab.account)
    arn = trail(lab.account, IsOrganizationTrail=True)
    trail(lab.account, "own", bucket="own-logs")
    cloudtrail = org.enter(org.members[0]).client("cloudtrail")
    assert [one["TrailARN"] for one in cloudtrail.describe_trails()["trailList"]] == [arn]
    assert cloudtrail.get_trail_status(Name=arn)["IsLogging"]
    stop = outcome(cloudtrail.stop_logging, Name=arn)
    assert stop == "NotOrganizationMasterAccountException"
    make = {"Name": "theirs", "S3BucketName": "trail-logs", "IsOrganizationTrail": True}
    assert outcome(cloudtrail.create_trail, **make) == "NotOrganizationMasterAccountException"


def test_an_account_is_forgotten_with_its_organisation() -> None:
    from tests.simulated import empty_account

    numbers: list[tuple[str, ...]] = []
    for _ in range(2):
        with empty_account(seed=4) as account:
            numbers.append(organisation(account).accounts)
    assert numbers[0] == numbers[1]
