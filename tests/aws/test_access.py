"""One identity into several accounts and Regions, and what is told of those it can't reach."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.respond.scene import allowing, make_user
from tests.simulated import Organised, empty_account, organisation
from trailtui.aws import errors
from trailtui.aws.access import Access
from trailtui.aws.reach import Reach
from trailtui.aws.roles import RoleRequest
from trailtui.aws.session import AwsSession
from trailtui.model.errors import InputError, UsageError
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.identity import Credential

ROLE = "OrganizationAccountAccessRole"


@pytest.fixture(scope="module")
def org() -> Iterator[Organised]:
    with empty_account() as account:
        yield organisation(account, 2)


@pytest.fixture(autouse=True)
def no_waiting(org: Organised, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("botocore.retries.standard.time.sleep", lambda _seconds: None)
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **__: True)
    yield
    org.account.faults.clear()


def session_as(account: SimulatedAccount, who: Credential, region: str = "eu-west-1") -> AwsSession:
    boto = boto3.Session(who.id, who.secret, who.token, region_name=region)
    return AwsSession(boto, None, account.endpoint, "testcase")


def access_as_admin(org: Organised, **reach: Any) -> Access:
    admin = org.admin.credential
    return Access(session_as(org.account, admin), Reach(session_name="trailtui-c1", **reach))


def places_by_account(access: Access) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for account, region in access.places().places:
        found.setdefault(account, []).append(region)
    return found


def test_without_more_it_is_the_own_account_and_all_its_regions(org: Organised) -> None:
    access = access_as_admin(org)
    found = places_by_account(access)
    assert list(found) == [org.management]
    assert len(found[org.management]) == 17
    assert access.session(org.management) is access.base
    assert access.session(org.management, "us-west-2").region == "us-west-2"


def test_the_identity_is_asked_once(org: Organised) -> None:
    access = access_as_admin(org)
    mark = len(org.account.calls)
    assert access.identity.user_name == "org-admin"
    access.places()
    assert access.identity is access.identity
    assert len(org.account.calls.of("GetCallerIdentity", since=mark)) == 1


def test_the_whole_organisation(org: Organised) -> None:
    access = access_as_admin(org, organization=True, role=ROLE, regions=("us-east-1", "current"))
    mark = len(org.account.calls)
    reached = access.places()
    assert sorted(reached.places) == sorted(
        (account, region) for account in org.accounts for region in ("us-east-1", "eu-west-1")
    )
    assert not reached.unreachable
    entered = org.account.calls.of("AssumeRole", since=mark)
    assert sorted(call.params["RoleArn"].split(":")[4] for call in entered) == sorted(org.members)
    assert {call.params["RoleSessionName"] for call in entered} == {"trailtui-c1"}
    for member in org.members:
        identity = access.session(member, "us-east-1").identity()
        assert (identity.account, identity.session_name) == (member, "trailtui-c1")
    assert len(org.account.calls.of("AssumeRole", since=mark)) == len(org.members)


def test_a_suspended_account_is_left_out(org: Organised, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [
        {"Accounts": [{"Id": "1" * 12, "Status": "ACTIVE"}], "NextToken": "x"},
        {
            "Accounts": [
                {"Id": "2" * 12, "Status": "SUSPENDED"},
                {"Id": "3" * 12, "State": "ACTIVE"},
                {"Id": "4" * 12, "State": "PENDING_CLOSURE", "Status": "ACTIVE"},
            ]
        },
    ]
    access = access_as_admin(org, organization=True, role=ROLE)
    assert access.identity

    class Page:
        def __init__(self, values: dict[str, Any]) -> None:
            self.values = values

    monkeypatch.setattr(AwsSession, "read", lambda *_, **__: Page(pages.pop(0)))
    assert access.accounts() == ("1" * 12, "3" * 12)


def test_a_list_of_accounts_and_an_arn(org: Organised) -> None:
    member = org.members[0]
    access = access_as_admin(org, role=org.role(member), regions=("us-east-1",))
    assert places_by_account(access) == {member: ["us-east-1"]}
    listed = access_as_admin(
        org, accounts=(org.management, member), role=ROLE, regions=("current",)
    )
    assert places_by_account(listed) == {
        org.management: ["eu-west-1"],
        member: ["eu-west-1"],
    }
    assert listed.session(org.management) is listed.base


def test_an_account_that_lets_nobody_in_is_told_and_the_rest_goes_on(org: Organised) -> None:
    stranger = "999999999999"
    access = access_as_admin(
        org, accounts=(org.members[0], stranger), role=ROLE, regions=("us-east-1", "eu-west-1")
    )
    reached = access.places()
    assert {account for account, _ in reached.places} == {org.members[0]}
    assert [(each.account, each.region, each.state) for each in reached.unreachable] == [
        (stranger, "us-east-1", "denied"),
        (stranger, "eu-west-1", "denied"),
    ]
    told = reached.unreachable[0].reason
    assert "sts:AssumeRole" in told
    assert f"arn:aws:iam::{stranger}:role/{ROLE}" in told
    assert "trust" in told


def test_where_no_region_is_named_such_an_account_gets_those_of_the_identity(
    org: Organised,
) -> None:
    access = access_as_admin(org, accounts=(org.management, "999999999999"), role=ROLE)
    reached = access.places()
    assert len(reached.unreachable) == len(reached.places) == 17


def test_a_region_that_is_enabled_in_one_account_only(org: Organised) -> None:
    first, second = org.members
    org.account.opt_in("af-south-1", first)
    access = access_as_admin(org, accounts=org.members, role=ROLE, regions=("af-south-1",))
    reached = access.places()
    assert reached.places == ((first, "af-south-1"),)
    assert [(each.account, each.state) for each in reached.unreachable] == [(second, "denied")]
    assert "not enabled" in reached.unreachable[0].reason
    assert "leave it out" in reached.unreachable[0].reason
    everything = places_by_account(access_as_admin(org, accounts=(first,), role=ROLE))
    assert "af-south-1" in everything[first]


def test_a_region_that_is_enabled_nowhere_and_one_that_is_none(org: Organised) -> None:
    with pytest.raises(InputError, match="me-south-1 is not enabled"):
        access_as_admin(org, regions=("me-south-1", "us-east-1")).places()
    with pytest.raises(InputError, match=r"no Region eu-wets-1.*Did you mean eu-west-1"):
        access_as_admin(org, regions=("eu-wets-1",)).places()


def test_a_region_that_is_not_enabled_says_so_when_it_is_called(org: Organised) -> None:
    access = access_as_admin(org)
    assert access.identity
    there = access.session(org.management, "me-south-1")
    for service, operation in (("cloudtrail", "LookupEvents"), ("ec2", "DescribeInstances")):
        with pytest.raises(errors.RegionDisabled, match="me-south-1") as refused:
            there.read(service, operation)
        assert "may not have enabled this Region" in refused.value.cure
    assert access.session(org.management, "eu-west-1").read("cloudtrail", "DescribeTrails")


def test_a_key_that_dies_meanwhile_is_no_disabled_region(org: Organised) -> None:
    user = make_user(org.account)
    session = session_as(org.account, user.credential)
    assert session.identity()
    iam = org.account.actor(org.account.root).client("iam")
    iam.update_access_key(UserName=user.name, AccessKeyId=user.credential.id, Status="Inactive")
    with pytest.raises(errors.CredentialsRefused):
        session.read("cloudtrail", "LookupEvents")


def test_regions_that_may_not_be_listed(org: Organised) -> None:
    """EC2 is asked first, then the account service; else the own Region, and that is said."""
    second = make_user(org.account, allowing("account:ListRegions"))
    found = Access(session_as(org.account, second.credential)).places()
    assert len(found.places) == 17
    assert not found.notes
    neither = make_user(org.account, allowing("cloudtrail:LookupEvents"))
    found = Access(session_as(org.account, neither.credential)).places()
    assert found.places == ((org.management, "eu-west-1"),)
    assert "only eu-west-1 is looked at" in found.notes[0]
    named = Access(session_as(org.account, neither.credential), Reach(regions=("us-west-2",)))
    assert named.places().places == ((org.management, "us-west-2"),)
    misspelt = Access(session_as(org.account, neither.credential), Reach(regions=("us-wast-2",)))
    with pytest.raises(InputError, match="no Region us-wast-2"):
        misspelt.places()


def test_another_account_than_expected(org: Organised) -> None:
    access = access_as_admin(org, expect_account="999999999999")
    with pytest.raises(errors.WrongAccount) as wrong:
        access.places()
    assert org.management in str(wrong.value)
    assert "999999999999" in str(wrong.value)
    assert access_as_admin(org, expect_account=org.management).identity


def test_words_that_make_no_sense_together(org: Organised) -> None:
    member = org.members[0]
    with pytest.raises(UsageError, match="a role is needed"):
        access_as_admin(org, accounts=(member,)).places()
    with pytest.raises(UsageError, match="one account only"):
        access_as_admin(org, accounts=org.members, role=org.role(member)).accounts()
    with pytest.raises(UsageError, match="not both"):
        Reach(accounts=(member,), organization=True)
    for bad in ({"accounts": ("12",)}, {"role": "arn:aws:iam::1:role/x"}, {"expect_account": "x"}):
        with pytest.raises(InputError):
            Reach(**bad)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        Reach(duration_seconds=60)


def test_an_organisation_that_may_not_be_listed(org: Organised) -> None:
    user = make_user(org.account, allowing("ec2:DescribeRegions"))
    access = Access(session_as(org.account, user.credential), Reach(organization=True, role=ROLE))
    with pytest.raises(errors.AccessDenied, match="organizations:ListAccounts"):
        access.places()


def trusting(org: Organised, condition: dict[str, Any]) -> str:
    """A role in the management account that only trusts under a condition."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{org.management}:root"},
        "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
        "Condition": condition,
    }
    name = f"careful-{abs(hash(json.dumps(condition)))}"
    iam = org.account.actor(org.account.root).client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    return str(arn)


def test_an_external_id(org: Organised) -> None:
    arn = trusting(org, {"StringEquals": {"sts:ExternalId": "case-7"}})
    with pytest.raises(errors.AccessDenied, match="AssumeRole"):
        access_as_admin(org, role=arn).session(org.management)
    session = access_as_admin(org, role=arn, external_id="case-7").session(org.management)
    assert session.identity().role_name == arn.split("/")[-1]


def test_an_mfa_code_is_used_once_for_all_accounts(org: Organised) -> None:
    arn = trusting(org, {"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    asked: list[str] = []

    def code() -> str:
        asked.append("code")
        return "123456"

    with pytest.raises(errors.AccessDenied):
        access_as_admin(org, role=arn).session(org.management)
    serial = f"arn:aws:iam::{org.management}:mfa/admin"
    mark = len(org.account.calls)
    access = access_as_admin(org, role=arn, mfa_serial=serial, mfa_code=code)
    assert access.session(org.management).identity().role_name
    members = access_as_admin(
        org, accounts=org.members, role=ROLE, mfa_serial=serial, mfa_code=code
    )
    assert len(members.places().places) == 2 * 17 + 1  # one of them has af-south-1, see above
    assert asked == ["code", "code"]
    (first, second) = org.account.calls.of("GetSessionToken", since=mark)
    assert first.params["TokenCode"] == second.params["TokenCode"] == "123456"
    with pytest.raises(UsageError, match="--mfa-code"):
        access_as_admin(org, role=arn, mfa_serial=serial).places()


def test_an_mfa_session_that_is_over_asks_for_the_next_run(org: Organised) -> None:
    serial = f"arn:aws:iam::{org.management}:mfa/admin"
    session = session_as(org.account, org.admin.credential).with_mfa(serial, "123456", 900)
    assert session.identity()
    _let_it_end(session)
    with pytest.raises(errors.CredentialsExpired, match="another code"):
        session.read("iam", "ListUsers")


def _let_it_end(session: AwsSession) -> None:
    """As if the time of its credentials were over."""
    from datetime import UTC, datetime, timedelta

    session._boto.get_credentials()._expiry_time = datetime.now(UTC) - timedelta(seconds=1)


def test_a_roles_session_is_renewed_before_it_ends(org: Organised) -> None:
    member = org.members[0]
    base = session_as(org.account, org.admin.credential)
    session = base.assume(RoleRequest(org.role(member), "trailtui-x", duration_seconds=900))
    before = session.own_key_ids()
    mark = len(org.account.calls)
    assert session.identity().account == member
    assert not org.account.calls.of("AssumeRole", since=mark)
    _let_it_end(session)
    assert session.in_region("us-west-2").identity().account == member
    assert len(org.account.calls.of("AssumeRole", since=mark)) == 1
    assert session.own_key_ids() != before


def test_a_role_that_can_no_longer_be_renewed(org: Organised) -> None:
    base = session_as(org.account, org.admin.credential)
    session = base.assume(RoleRequest(org.role(org.members[0]), "trailtui-x"))
    _let_it_end(session)
    org.account.faults.add("sts", "AssumeRole", "expired", times=1)
    with pytest.raises(errors.CredentialsExpired):
        session.read("iam", "ListUsers")
    org.account.faults.add("sts", "AssumeRole", "access_denied", times=1)
    with pytest.raises(errors.AccessDenied, match="sts:AssumeRole"):
        session.read("iam", "ListUsers")
    assert session.read("iam", "ListUsers")


def test_a_source_identity_stands_in_the_records(org: Organised) -> None:
    arn = trusting(org, {"StringEquals": {"sts:SourceIdentity": "jane"}})
    access = access_as_admin(org, role=arn, source_identity="jane")
    assert access.session(org.management).identity()
    sent = org.account.calls.of("AssumeRole")[-1]
    assert sent.params["SourceIdentity"] == "jane"
    assert access.as_json() == {
        "as": org.admin.credential.arn,
        "account": org.management,
        "accounts": [org.management],
        "regions": "all enabled",
        "role": arn,
        "session": "trailtui-c1",
        "source_identity": "jane",
    }


def test_what_ends_everything_is_raised(org: Organised) -> None:
    access = access_as_admin(org, accounts=org.members, role=ROLE)
    assert access.identity
    org.account.faults.add("sts", "AssumeRole", "expired", times=50)
    with pytest.raises(errors.CredentialsExpired):
        access.places()
