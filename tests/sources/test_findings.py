"""What can go wrong while findings are fetched: the others come, what is missing is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.detect import samples
from tests.detect.account import HOUR_MS, NOON, NOON_MS, add_guardduty, ring
from tests.respond.scene import session_of
from tests.sim.laboratory import Laboratory
from tests.simulated import empty_account
from trailtui.aws.errors import CredentialsExpired
from trailtui.aws.session import AwsSession
from trailtui.case.fetches import Fetch, all_fetches
from trailtui.case.file import Case
from trailtui.case.findings import list_findings
from trailtui.collect.findings import PRODUCTS, FindingsResult, Page, collect_findings
from trailtui.collect.scope import Place, Scope
from trailtui.detect.envelopes import Around
from trailtui.detect.joining import join_answer
from trailtui.sim import findings

KINDS = ["alarm", "guardduty", "ocsf", "securityhub"]
PRODUCT_OF = {
    ("guardduty", "ListDetectors"): "guardduty",
    ("guardduty", "ListFindings"): "guardduty",
    ("guardduty", "GetFindings"): "guardduty",
    ("securityhub", "GetFindings"): "securityhub",
    ("securityhub", "DescribeSecurityHubV2"): "securityhub-v2",
    ("securityhub", "GetFindingsV2"): "securityhub-v2",
    ("cloudwatch", "DescribeAlarmHistory"): "alarms",
    ("cloudwatch", "DescribeAlarms"): "alarms",
}
"""What a call is for."""
CALLS = [pytest.param(*call, id=".".join(call)) for call in PRODUCT_OF]
PASSING = (
    "throttle", "error500_before", "error500_after", "drop_before", "drop_after", "truncate",
    "latency",
)  # fmt: skip


@pytest.fixture(scope="module")
def lab() -> Iterator[Laboratory]:
    with empty_account(at=NOON) as account:
        made = Laboratory(account)
        add_guardduty(made, 1)
        findings.add(account.world, "securityhub", samples.asff())
        findings.add(account.world, "securityhub-v2", samples.ocsf())
        ring(made)
        yield made


@pytest.fixture(scope="module")
def session(lab: Laboratory) -> AwsSession:
    return session_of(lab.account, lab.account.root)


@pytest.fixture(autouse=True)
def _calm(impatient: None, lab: Laboratory) -> Iterator[None]:
    yield
    lab.account.faults.clear()


@pytest.fixture
def ask(case: Case, session: AwsSession, lab: Laboratory) -> Callable[[], FindingsResult]:
    """Asks for all there is, by the account's time."""
    scope = Scope((Place(lab.account.number, "us-east-1"),), NOON_MS - 24 * HOUR_MS, NOON_MS)

    def keep(page: Page) -> None:
        around = Around(page.account, page.region, alarms=page.alarms)
        join_answer(case, page.origin, page.body, around, until_ms=NOON_MS)

    def run() -> FindingsResult:
        def session_in(_: str, region: str) -> AwsSession:
            return session.in_region(region)

        return collect_findings(case, session_in, scope, PRODUCTS, keep, present_ms=NOON_MS)

    return run


def kinds(case: Case) -> list[str]:
    return sorted(one.finding.kind for one in list_findings(case))


def lacking(case: Case) -> list[Fetch]:
    return [fetch for fetch in all_fetches(case) if not fetch.state.whole]


def the_rest_comes(case: Case, lab: Laboratory, ask: Callable[[], FindingsResult]) -> None:
    lab.account.faults.clear()
    result = ask()
    assert (result.refused, result.stopped_by) == ([], None)
    assert kinds(case) == KINDS
    assert not lacking(case)


@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_once_it_is_waited_out(
    lab: Laboratory,
    case: Case,
    ask: Callable[[], FindingsResult],
    service: str,
    operation: str,
    kind: str,
) -> None:
    seconds = 0.02 if kind == "latency" else 0
    lab.account.faults.add(service, operation, kind, 1, seconds=seconds)
    assert ask().refused == []
    assert kinds(case) == KINDS


@pytest.mark.parametrize("kind", ["throttle", "drop_after", "truncate", "access_denied"])
@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_for_ever_the_other_products_come(
    lab: Laboratory,
    case: Case,
    ask: Callable[[], FindingsResult],
    service: str,
    operation: str,
    kind: str,
) -> None:
    lab.account.faults.add(service, operation, kind, None)
    result = ask()
    lost = PRODUCT_OF[service, operation]
    assert [one.product for one in result.refused] == [lost]
    assert [fetch.unit.question["product"] for fetch in lacking(case)] == [lost]
    assert f"{service}:{operation}" in lacking(case)[0].detail
    assert len(kinds(case)) == len(KINDS) - 1
    the_rest_comes(case, lab, ask)


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_expired_credentials_end_it_all(
    lab: Laboratory,
    case: Case,
    ask: Callable[[], FindingsResult],
    service: str,
    operation: str,
) -> None:
    lab.account.faults.add(service, operation, "expired", None)
    assert isinstance(ask().stopped_by, CredentialsExpired)
    assert lacking(case)
    the_rest_comes(case, lab, ask)
