"""docs/permissions.md: sources run with exactly the policy that the page prints for them."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.detect import samples
from tests.detect.account import ring
from tests.respond.scene import make_user
from tests.sim.corpus import corpus
from tests.sim.laboratory import Laboratory
from tests.simulated import Organised, empty_account, organisation, trail
from trailtui.case.events import count
from trailtui.case.fetches import State, all_fetches
from trailtui.case.file import Case, locate_case
from trailtui.case.findings import list_findings
from trailtui.cli.main import main
from trailtui.sim import findings
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.identity import Credential

PAGE = (Path(__file__).parents[2] / "docs" / "permissions.md").read_text("utf-8")
_BLOCK = re.compile(
    r"^#{2,3} (?P<heading>[^\n]+)$(?:(?!^#).)*?^```json\n(?P<json>.*?)^```", re.M | re.S
)
POLICIES: dict[str, Any] = {
    found["heading"]: json.loads(found["json"]) for found in _BLOCK.finditer(PAGE)
}
DAY = (datetime.now(UTC) - timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
SPAN = ("--from", f"{DAY:%Y-%m-%dT00:00:00Z}", "--to", f"{DAY:%Y-%m-%dT06:00:00Z}")
N = 80
FINDINGS = ("findings", *SPAN, "--region", "us-east-1,eu-west-1")
RUNS = {
    "collect lookup": ("lookup", *SPAN, "--region", "us-east-1,eu-west-1", "--yes"),
    "collect s3": ("s3", *SPAN, "--yes"),
}
OPTIONAL = frozenset({"sts:GetCallerIdentity"})
"""Named so that the list is whole; nothing can deny it."""
SAID = {
    "ec2:DescribeRegions": "could not be found out",
    "cloudtrail:GetEventSelectors": "cloudtrail:GetEventSelectors",
    "cloudtrail:GetTrailStatus": "cloudtrail:GetTrailStatus",
    "cloudtrail:DescribeTrails": "cloudtrail:DescribeTrails",
    "cloudtrail:ListPublicKeys": "cloudtrail:ListPublicKeys",
}
"""What goes on without a permission, and says so."""


@pytest.fixture(scope="module")
def org() -> Iterator[Organised]:
    with empty_account() as account:
        made = organisation(account, 1)
        account.adopt(corpus(N, start=DAY, hours=6, data_share=0))
        trail(account, since=DAY - timedelta(hours=1))
        account.deliver_to_bucket()
        _add_findings(account)
        yield made


def _add_findings(account: SimulatedAccount) -> None:
    """One of each product, seen in the span."""
    noon = DAY + timedelta(hours=3)
    seen = {"UpdatedAt": f"{noon:%Y-%m-%dT%H:%M:%SZ}"}
    guardduty = samples.guardduty() | {"updatedAt": f"{noon:%Y-%m-%dT%H:%M:%SZ}"}
    findings.add(account.world, "guardduty", guardduty)
    findings.add(account.world, "securityhub", samples.asff(**seen))
    findings.add(account.world, "securityhub-v2", samples.ocsf())
    ring(Laboratory(account))


@pytest.fixture(autouse=True)
def no_waiting(org: Organised, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.retries.standard.time.sleep", lambda _seconds: None)
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **__: True)
    monkeypatch.setattr("trailtui.collect.pacing.Pacer.wait", lambda *_, **__: True)
    monkeypatch.setenv("TRAILTUI_AWS_ENDPOINT", org.account.endpoint)


def work_as(credential: Credential, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", credential.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", credential.secret)


def run(*arguments: str) -> int:
    try:
        main(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def actions_of(policy: Any) -> list[str]:
    found: list[str] = []
    for statement in policy["Statement"]:
        listed = statement["Action"]
        found += listed if isinstance(listed, list) else [listed]
    return found


def without(policy: Any, action: str) -> str:
    left = json.loads(json.dumps(policy))
    for statement in left["Statement"]:
        listed = statement["Action"]
        listed = listed if isinstance(listed, list) else [listed]
        statement["Action"] = [each for each in listed if each != action]
    left["Statement"] = [one for one in left["Statement"] if one["Action"]]
    return json.dumps(left)


def test_there_is_a_policy_for_each_source() -> None:
    for source in ("lookup", "s3", "athena", "insights", "lake", "findings"):
        assert f"collect {source}" in POLICIES
    assert {"access to an organisation", "who may assume the collecting role"} <= set(POLICIES)


@pytest.mark.parametrize("name", [name for name in POLICIES if name.startswith("collect ")])
def test_a_collecting_policy_only_reads(name: str) -> None:
    """What it may beyond reading: start and stop queries, and have Athena put results down."""
    from trailtui.aws.calls import QUERIES, READING_PREFIXES

    writes = {"s3:PutObject", "s3:AbortMultipartUpload"} if "athena" in name else set[str]()
    if "--create-table" in name:
        writes |= {"glue:CreateDatabase", "glue:CreateTable"}
    for action in actions_of(POLICIES[name]):
        reads = action.split(":")[1].startswith((*READING_PREFIXES, "Decrypt"))
        assert reads or action in QUERIES | writes, action
        assert "*" not in action


@pytest.mark.parametrize("name", RUNS)
def test_a_source_runs_whole_with_exactly_its_policy(
    org: Organised, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user(org.account, json.dumps(POLICIES[name]))
    work_as(user.credential, monkeypatch)
    run("new", "least")
    assert run("collect", "least", *RUNS[name]) == 0
    with Case.open(locate_case("least"), readonly=True) as case:
        assert count(case) == N
        assert all(fetch.state.whole for fetch in all_fetches(case))


@pytest.mark.parametrize(
    ("name", "action"),
    [
        (name, action)
        for name in RUNS
        for action in actions_of(POLICIES[name])
        if action not in OPTIONAL
    ],
)
def test_no_action_is_named_that_is_not_needed(
    org: Organised,
    name: str,
    action: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    user = make_user(org.account, without(POLICIES[name], action))
    work_as(user.credential, monkeypatch)
    run("new", "lacking")
    capsys.readouterr()
    arguments = [word for word in RUNS[name] if word not in ("--region", "us-east-1,eu-west-1")]
    code = run("collect", "lacking", *arguments)
    said = capsys.readouterr().err
    if action in SAID:
        assert SAID[action] in said
    else:
        assert code == 4
        assert action in said


def test_findings_come_whole_with_exactly_their_policy(
    org: Organised, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = POLICIES["collect findings"]
    user = make_user(org.account, json.dumps(policy))
    work_as(user.credential, monkeypatch)
    run("new", "found")
    assert run("collect", "found", *FINDINGS) == 0
    with Case.open(locate_case("found"), readonly=True) as case:
        kinds = sorted(one.finding.kind for one in list_findings(case))
    assert kinds == ["alarm", "guardduty", "securityhub"]


@pytest.mark.parametrize(
    "action",
    [
        action
        for action in actions_of(POLICIES["collect findings"])
        if action not in OPTIONAL | {"ec2:DescribeRegions"}
    ],
)
def test_findings_need_each_of_their_actions(
    org: Organised,
    action: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    user = make_user(org.account, without(POLICIES["collect findings"], action))
    work_as(user.credential, monkeypatch)
    run("new", "unfound")
    assert run("collect", "unfound", *FINDINGS) == 4
    assert action in capsys.readouterr().err


def test_an_organisation_is_entered_with_exactly_these_policies(
    org: Organised, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = org.members[0]
    iam = org.enter(member).client("iam")
    trust = json.dumps(POLICIES["who may assume the collecting role"])
    iam.create_role(RoleName="trailtui-collector", AssumeRolePolicyDocument=trust)
    iam.put_role_policy(
        RoleName="trailtui-collector",
        PolicyName="collect",
        PolicyDocument=json.dumps(POLICIES["collect lookup"]),
    )
    user = make_user(org.account, json.dumps(POLICIES["access to an organisation"]))
    work_as(user.credential, monkeypatch)
    run("new", "wide")
    enter = ("--organization", "--role", "trailtui-collector")
    mfa = ("--mfa-serial", "arn:aws:iam::111122223333:mfa/jane", "--mfa-code", "123456")
    assert run("collect", "wide", *RUNS["collect lookup"], *enter, *mfa) == 4
    with Case.open(locate_case("wide"), readonly=True) as case:
        states = {(one.unit.account, one.state) for one in all_fetches(case)}
    # The identity itself may enter the accounts and look at nothing in its own.
    assert states == {(member, State.EMPTY), (org.management, State.DENIED)}
    run("new", "no-mfa")
    run("collect", "no-mfa", *RUNS["collect lookup"], *enter)
    with Case.open(locate_case("no-mfa"), readonly=True) as case:
        assert {one.state for one in all_fetches(case)} == {State.DENIED}
