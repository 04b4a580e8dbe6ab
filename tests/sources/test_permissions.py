"""docs/permissions.md: the query engines run with exactly their policy, and with nothing less.

What tests/aws/test_collect_permissions.py does for the other sources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.aws.test_collect_permissions import POLICIES, actions_of, without
from tests.respond.scene import make_user, session_of
from tests.sources import typed
from tests.sources.scene import BUCKET, DATABASE, RESULTS
from tests.sources.sources import SOURCES
from tests.sources.stage import Stage, staged
from trailtui.case.events import count
from trailtui.case.fetches import all_fetches
from trailtui.case.file import Case
from trailtui.collect.running import CollectResult

EVENTS = 60
TABLE_WORDS = ("--database", DATABASE, "--table", "cloudtrail", "--output", f"s3://{RESULTS}/")
MAKES = ("--database", DATABASE, "--table", "another", "--output", f"s3://{RESULTS}/",
         "--create-table", "--location", f"s3://{BUCKET}/AWSLogs/")  # fmt: skip
WORDS = {"athena": TABLE_WORDS, "insights": (), "lake": ()}
"""No Regions are named: they are found out, as the policies have it."""
ENGINES = pytest.mark.parametrize("name", WORDS)
STOPS = {
    "athena": "athena:StopQueryExecution",
    "insights": "logs:StopQuery",
    "lake": "cloudtrail:CancelQuery",
}
"""Needed when somebody stops a collect."""
NAMED = "cloudtrail:GetEventDataStore"
"""Needed where a store is named."""
NOT_TRIED = {
    "sts:GetCallerIdentity",  # nothing can deny it
    # Athena's own page names these (Athena User Guide, "Fine-grained access to databases and
    # tables", "Access to Amazon S3"); the simulated account does not ask for them
    "glue:GetDatabase",
    "glue:GetPartitions",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
}
SAID = {
    "ec2:DescribeRegions": "could not be found out",
    "logs:DescribeLogGroups": "could not be told",
}
"""What goes on without a permission, and says so."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged(EVENTS, hours=0.2) as made:
        made.account.world.engines.polls = 0
        yield made


@pytest.fixture(autouse=True)
def _calm(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del impatient
    typed_answers = iter(["y"] * 9)
    monkeypatch.setattr("click.confirm", lambda *_, **__: next(typed_answers) == "y")


def policy_of(name: str, *more: str) -> dict[str, Any]:
    """The policies that the page prints for a source, as one."""
    blocks = [POLICIES[f"collect {name}"], *(POLICIES[f"collect {one}"] for one in more)]
    return {**blocks[0], "Statement": [one for block in blocks for one in block["Statement"]]}


def collect(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, policy: object, name: str, *words: str
) -> int:
    """Collect as a user who has just this policy."""
    text = policy if isinstance(policy, str) else json.dumps(policy)
    typed.work_as(make_user(stage.account, text).credential, stage.scene, monkeypatch)
    typed.run("new", "least")
    return typed.run("collect", "least", name, *stage.scene.span, *words)


def all_came(stage: Stage, name: str) -> None:
    with typed.opened("least") as case:
        assert count(case) == len(stage.ids(*SOURCES[name].holds))
        assert all(fetch.state.whole for fetch in all_fetches(case))


@ENGINES
def test_an_engine_runs_whole_with_exactly_its_policy(
    stage: Stage, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert collect(stage, monkeypatch, policy_of(name), name, *WORDS[name]) == 0
    all_came(stage, name)


@pytest.mark.parametrize(
    ("name", "action"),
    [
        pytest.param(name, action, id=f"{name} without {action}")
        for name in WORDS
        for action in dict.fromkeys(actions_of(POLICIES[f"collect {name}"]))
        if action not in {*NOT_TRIED, *STOPS.values(), NAMED}
    ],
)
def test_no_action_is_named_that_is_not_needed(
    stage: Stage,
    name: str,
    action: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = collect(stage, monkeypatch, without(policy_of(name), action), name, *WORDS[name])
    said = capsys.readouterr().err
    if action in SAID:
        assert SAID[action] in said
    else:
        assert code == 4
        assert action in said


def test_a_store_that_is_named_is_looked_at(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ("--event-data-store", stage.scene.store)
    enough = without(policy_of("lake"), "cloudtrail:ListEventDataStores")
    assert collect(stage, monkeypatch, enough, "lake", *named) == 0
    assert collect(stage, monkeypatch, without(policy_of("lake"), NAMED), "lake", *named) == 4
    assert NAMED in capsys.readouterr().err


def test_a_group_that_is_named_is_not_looked_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    enough = without(policy_of("insights"), "cloudtrail:DescribeTrails")
    assert collect(stage, monkeypatch, enough, "insights", "--log-group", "cloudtrail-logs") == 0
    all_came(stage, "insights")


def test_a_table_is_made_with_its_policy_besides(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    both = policy_of("athena", "athena, with --create-table")
    text = json.dumps(both).replace("table/trails/cloudtrail", "table/trails/another")
    for action in ("glue:CreateDatabase", "glue:CreateTable"):
        assert collect(stage, monkeypatch, without(json.loads(text), action), "athena", *MAKES) == 4
        assert action in capsys.readouterr().err
    assert collect(stage, monkeypatch, text, "athena", *MAKES) == 0
    all_came(stage, "athena")


@ENGINES
@pytest.mark.parametrize("allowed", [True, False], ids=["allowed", "not allowed"])
def test_who_stops_may_stop_the_query_too(
    stage: Stage, case: Case, name: str, allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines = stage.account.world.engines
    monkeypatch.setattr(engines, "polls", 1000)
    policy = policy_of(name)
    text = json.dumps(policy) if allowed else without(policy, STOPS[name])
    session = session_of(stage.account, make_user(stage.account, text).credential)
    engines.queries.clear()

    def until_one_runs(_: CollectResult) -> bool:
        return not engines.queries

    result = SOURCES[name].run(case, session, stage.scene, progress=until_one_runs)
    assert result.cancelled
    assert any(query.cancelled for query in engines.queries.values()) is allowed
    engines.queries.clear()
