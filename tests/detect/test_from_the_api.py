"""Findings from the APIs of the simulated account join a case."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.detect import samples
from tests.detect.account import HOUR_MS, NOON, NOON_MS, add_guardduty, ring, seen
from tests.sim.laboratory import Laboratory
from tests.simulated import empty_account
from trailtui.aws import clients
from trailtui.aws.session import AwsSession
from trailtui.case.evidence import all_evidence, original_bytes
from trailtui.case.fetches import all_fetches
from trailtui.case.file import Case
from trailtui.case.findings import list_findings
from trailtui.case.journal import entries
from trailtui.case.marks import judged_entities
from trailtui.collect.findings import PRODUCTS, FindingsResult, Page, collect_findings
from trailtui.collect.scope import Place, Scope
from trailtui.detect.envelopes import Around
from trailtui.detect.joining import join_answer
from trailtui.sim import findings

SINCE_MS, UNTIL_MS = NOON_MS - 24 * HOUR_MS, NOON_MS
Collect = Callable[..., FindingsResult]


@pytest.fixture
def lab() -> Iterator[Laboratory]:
    with empty_account(seed=3, at=NOON) as account:
        yield Laboratory(account)


def session_of(lab: Laboratory, monkeypatch: pytest.MonkeyPatch, credential: Any) -> AwsSession:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", credential.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", credential.secret)
    if credential.token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", credential.token)
    return AwsSession.open(region="us-east-1", endpoint_url=lab.account.endpoint)


@pytest.fixture
def session(lab: Laboratory, monkeypatch: pytest.MonkeyPatch) -> AwsSession:
    return session_of(lab, monkeypatch, lab.account.root)


@pytest.fixture
def collect(case: Case, lab: Laboratory, session: AwsSession) -> Collect:
    """Asks the account; gives what came of it."""

    def run(
        *products: str, regions: tuple[str, ...] = ("us-east-1",), until_ms: int = UNTIL_MS,
        keep: Callable[[Page], None] | None = None, by: AwsSession = session, **more: Any,
    ) -> FindingsResult:  # fmt: skip
        def join(page: Page) -> None:
            around = Around(page.account, page.region, alarms=page.alarms)
            join_answer(case, page.origin, page.body, around, until_ms=until_ms)

        places = tuple(Place(lab.account.number, one) for one in regions)
        scope = Scope(places, SINCE_MS, until_ms)
        asked = products or PRODUCTS
        return collect_findings(
            case, lambda _, region: by.in_region(region), scope, asked, keep or join,
            present_ms=NOON_MS, **more,
        )  # fmt: skip

    return run


def states(result: FindingsResult) -> dict[str, str]:
    return {one.product: str(one.state) for one in result.asked}


def count(lab: Laboratory, operation: str, since: int = 0) -> int:
    return len(lab.account.calls.of(operation, since=since))


def test_every_product_s_findings_join_with_the_bytes_as_they_came(
    case: Case, lab: Laboratory, collect: Collect
) -> None:
    add_guardduty(lab, 1)
    findings.add(lab.account.world, "securityhub", samples.asff())
    findings.add(lab.account.world, "securityhub-v2", samples.ocsf())
    ring(lab)
    result = collect()
    assert states(result) == dict.fromkeys(PRODUCTS, "fetched")
    found = {one.finding.kind: one.finding for one in list_findings(case)}
    assert set(found) == {"guardduty", "securityhub", "ocsf", "alarm"}
    named = {(one.entity.kind, one.entity.value) for one in judged_entities(case)}
    assert {("credential", samples.KEY), ("ip", samples.ATTACKER)} <= named
    assert found["alarm"].region == "us-east-1"
    assert "CloudTrailMetrics/RootUse" in found["alarm"].types
    assert found["guardduty"].details
    evidence = {one.origin.split(" ")[1]: one for one in all_evidence(case)}
    assert {one.kind for one in evidence.values()} == {"findings"}
    raw = b"".join(original_bytes(case, evidence["GetFindings"].id))
    assert json.loads(raw)
    assert [entry.kind for entry in entries(case, kinds=["collect"])] == ["collect", "collect"]


def test_guardduty_in_pages_of_fifty_over_regions(
    case: Case, lab: Laboratory, collect: Collect
) -> None:
    for number in range(120):
        add_guardduty(lab, number)
    add_guardduty(lab, 500, "eu-west-1")
    mark = len(lab.account.calls)
    result = collect("guardduty", regions=("us-east-1", "eu-west-1", "eu-central-1"))
    assert len(list_findings(case)) == 121
    assert count(lab, "ListFindings", mark) == count(lab, "GetFindings", mark) == 4
    assert [(one.region, str(one.state)) for one in result.asked] == [
        ("us-east-1", "fetched"), ("eu-west-1", "fetched"), ("eu-central-1", "not-enabled"),
    ]  # fmt: skip
    assert "no detector" in result.asked[-1].detail
    assert result.refused == []


def test_a_repeated_run_brings_nothing_twice_and_only_updates(
    case: Case, lab: Laboratory, collect: Collect
) -> None:
    add_guardduty(lab, 1)
    collect("guardduty")
    mark = len(lab.account.calls)
    assert collect("guardduty").fresh == 1
    assert len(lab.account.calls) == mark
    collect("guardduty", again=True)
    (known,) = list_findings(case)
    assert known.versions == 1
    made = seen(samples.guardduty(id=f"{1:032x}"), 2)
    findings.add(lab.account.world, "guardduty", made | {"severity": 8})
    collect("guardduty", again=True)
    (updated,) = list_findings(case)
    assert (updated.version, updated.versions) == (2, 2)
    assert updated.finding.severity_word == "high"
    assert len(list_findings(case, all_versions=True)) == 2


def test_one_that_began_after_the_time_looked_at_is_left_out_but_a_late_update_is_not(
    case: Case, lab: Laboratory, collect: Collect
) -> None:
    early = seen(samples.guardduty(id="a" * 32), 20)
    early["updatedAt"] = NOON.strftime("%Y-%m-%dT%H:%M:%SZ")
    findings.add(lab.account.world, "guardduty", early)
    findings.add(lab.account.world, "guardduty", seen(samples.guardduty(id="b" * 32), 2))
    collect("guardduty", until_ms=NOON_MS - 10 * HOUR_MS)
    assert [one.finding.id for one in list_findings(case)] == ["a" * 32]


class Killed(BaseException):
    """As if the process had died."""


@pytest.mark.parametrize("product", ["guardduty", "securityhub", "securityhub-v2"])
@pytest.mark.parametrize("pages_before", [0, 1, 2])
def test_a_run_that_dies_goes_on_with_the_next_page(
    case: Case, lab: Laboratory, collect: Collect, product: str, pages_before: int
) -> None:
    size = 50 if product == "guardduty" else 100
    for number in range(2 * size + 10):
        if product == "guardduty":
            add_guardduty(lab, number)
        elif product == "securityhub":
            findings.add(lab.account.world, product, samples.asff(Id=f"{number:04d}"))
        else:
            made = samples.ocsf()
            made["finding_info"]["uid"] = f"{number:04d}"
            findings.add(lab.account.world, product, made)
    taken = 0

    def die_after(page: Page) -> None:
        nonlocal taken
        if taken == pages_before:
            raise Killed
        taken += 1
        join_answer(case, page.origin, page.body, Around(page.account, page.region))

    operation = "GetFindingsV2" if product == "securityhub-v2" else "GetFindings"
    mark = len(lab.account.calls)
    with pytest.raises(Killed):
        collect(product, keep=die_after)
    assert len(list_findings(case)) == pages_before * size
    collect(product)
    assert len(list_findings(case)) == 2 * size + 10
    assert count(lab, operation, mark) == 3 + 1  # the page that was lost with the process
    assert [str(one.state) for one in all_fetches(case)] == ["fetched"]


def test_a_token_that_is_too_old_begins_anew(case: Case, lab: Laboratory, collect: Collect) -> None:
    for number in range(60):
        add_guardduty(lab, number)
    collect("guardduty")
    with case.writing() as connection:
        (detector,) = lab.root.client("guardduty").list_detectors()["DetectorIds"]
        cursor = json.dumps({"detector": detector, "token": "stale"})
        connection.execute("UPDATE fetches SET state = 'running', cursor = ?", [cursor])
    assert states(collect("guardduty")) == {"guardduty": "fetched"}


@pytest.mark.parametrize(
    ("fault", "state"),
    [("access_denied", "denied"), ("throttle", "throttled"), ("error500_before", "failed")],
)
def test_what_aws_refuses_is_told_and_the_rest_goes_on(
    case: Case,
    lab: Laboratory,
    collect: Collect,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    state: str,
) -> None:
    monkeypatch.setattr(clients, "READ_ATTEMPTS", 1)  # or botocore would wait between attempts
    add_guardduty(lab, 1)
    findings.add(lab.account.world, "securityhub", samples.asff())
    lab.account.faults.add("guardduty", "ListFindings", fault, times=20)
    result = collect("guardduty", "securityhub")
    assert states(result) == {"guardduty": state, "securityhub": "fetched"}
    assert [one.product for one in result.refused] == ["guardduty"]
    assert result.refused[0].detail
    stored = {one.unit.question["product"]: one for one in all_fetches(case)}
    assert str(stored["guardduty"].state) == state
    assert stored["guardduty"].detail
    lab.account.faults.clear()
    assert states(collect("guardduty", "securityhub")) == {"guardduty": "fetched"}


def test_a_page_that_is_refused_halfway_leaves_the_part_that_came(
    case: Case, lab: Laboratory, collect: Collect
) -> None:
    for number in range(60):
        add_guardduty(lab, number)

    def deny_next(page: Page) -> None:
        lab.account.faults.add("guardduty", "ListFindings", "access_denied", times=20)
        join_answer(case, page.origin, page.body, Around(page.account, page.region))

    assert states(collect("guardduty", keep=deny_next)) == {"guardduty": "partial"}
    assert len(list_findings(case)) == 50
    lab.account.faults.clear()
    assert states(collect("guardduty")) == {"guardduty": "fetched"}
    assert len(list_findings(case)) == 60


def test_credentials_that_end_stop_everything(
    case: Case, lab: Laboratory, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = lab.role("hunter", json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]}))  # fmt: skip
    holder = lab.assume(lab.user("anna", json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]})), role)  # fmt: skip
    session = session_of(lab, monkeypatch, holder.credential)
    lab.account.clock.advance(13 * 3600)
    result = collect(by=session)
    assert result.stopped_by is not None
    assert result.stopped_by.exit_code == 4
    assert len(result.asked) == 1


def test_history_beyond_thirty_days_is_partial(
    case: Case, lab: Laboratory, session: AwsSession
) -> None:
    scope = Scope((Place(lab.account.number, "us-east-1"),), NOON_MS - 40 * 24 * HOUR_MS, NOON_MS)
    result = collect_findings(
        case, lambda _, __: session, scope, ["alarms"], lambda _: None, present_ms=NOON_MS
    )
    assert states(result) == {"alarms": "partial"}
    assert "30 days" in result.asked[0].detail


def test_what_names_nobody_is_listed_and_moves_no_window(
    case: Case, lab: Laboratory, collect: Collect
) -> None:
    case.set_setting("window", {"since_ms": NOON_MS - HOUR_MS, "until_ms": NOON_MS})
    ring(lab)
    collect("alarms")
    assert len(list_findings(case)) == 1
    assert judged_entities(case) == []
    assert case.setting("window") == {"since_ms": NOON_MS - HOUR_MS, "until_ms": NOON_MS}


def test_the_least_policy_is_enough(
    case: Case, lab: Laboratory, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions = [
        "guardduty:ListDetectors", "guardduty:ListFindings", "guardduty:GetFindings",
        "securityhub:GetFindings", "securityhub:GetFindingsV2",
        "securityhub:DescribeSecurityHubV2",
        "cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms",
    ]  # fmt: skip
    add_guardduty(lab, 1)
    findings.add(lab.account.world, "securityhub", samples.asff())
    findings.add(lab.account.world, "securityhub-v2", samples.ocsf())
    ring(lab)
    for left_out in (None, *actions):
        allowed = [one for one in actions if one != left_out]
        document = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": allowed, "Resource": "*"}]}  # fmt: skip
        user = lab.user(f"u{actions.index(left_out) if left_out else 'all'}", json.dumps(document))
        result = collect(again=True, by=session_of(lab, monkeypatch, user.credential))
        assert bool(result.refused) == (left_out is not None), left_out
