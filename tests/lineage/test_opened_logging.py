"""Logging that was cut, data that was opened, keys that are threatened: what answers for it."""

from pathlib import Path
from typing import Any

import pytest

from tests.lineage.stories import ACCOUNT, START_MS, call, tree_of, user
from trailtui.respond.proposing import propose
from trailtui.respond.registry import find_action

ADMIN = user("admin", "AKIAADMIN00000000000")
OPEN = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False}
SHUT = {**OPEN, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
FLOW_LOG = "fl-0123456789abcdef0"
HERE = {"region": "us-east-1"}
CASES: list[tuple[str, str, dict[str, Any], str, str, dict[str, str]]] = [
    ("cloudtrail", "StopLogging", {"name": "audit"}, "audit", "start-logging", HERE),
    ("cloudtrail", "DeleteTrail", {"name": "audit"}, "audit", "recreate-trail", HERE),
    ("cloudtrail", "PutEventSelectors", {"trailName": "audit"}, "audit",
     "restore-event-selectors", HERE),
    ("guardduty", "UpdateDetector", {"detectorId": "1" * 32, "enable": False}, "us-east-1",
     "enable-guardduty", {}),
    ("guardduty", "DeleteDetector", {"detectorId": "1" * 32}, "us-east-1", "enable-guardduty", {}),
    ("config", "StopConfigurationRecorder", {"configurationRecorderName": "default"}, "default",
     "start-config-recorder", HERE),
    ("ec2", "DeleteFlowLogs",
     {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": FLOW_LOG}}}, FLOW_LOG,
     "recreate-flow-logs", HERE),
    ("kms", "ScheduleKeyDeletion", {"keyId": "k", "pendingWindowInDays": 7}, "k",
     "cancel-key-deletion", HERE),
    ("kms", "DisableKey", {"keyId": "k"}, "k", "enable-key", HERE),
    ("s3", "PutBucketPublicAccessBlock",
     {"bucketName": "b", "PublicAccessBlockConfiguration": OPEN}, "b", "block-public-access", {}),
    ("s3", "DeleteAccountPublicAccessBlock", {"accountId": ACCOUNT}, ACCOUNT,
     "block-account-public-access", {}),
    ("rds", "ModifyDBClusterSnapshotAttribute", {"dBClusterSnapshotIdentifier": "s"}, "s",
     "unshare-db-snapshot", HERE),
]  # fmt: skip


@pytest.mark.parametrize(("source", "name", "asked", "target", "action", "given"), CASES)
def test_each_is_answered_by_one_action_that_knows_its_parameters(
    tmp_path: Path,
    source: str,
    name: str,
    asked: dict[str, Any],
    target: str,
    action: str,
    given: dict[str, str],
) -> None:
    tree = tree_of(tmp_path, [call(0, user(), source, name, asked=asked)])
    (opened,) = tree.opened
    assert (opened.call, opened.target, opened.undone_ms) == (name, target, None)
    wishes = [wish for wish in propose(tree, ACCOUNT).wishes if wish.target == target]
    assert [(wish.action, dict(wish.parameters)) for wish in wishes] == [(action, given)]
    assert set(given) <= {one.name for one in find_action(action).parameters}


def test_logging_that_was_cut_is_put_back_before_all_else(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, [call(0, user(), "cloudtrail", "StopLogging", asked={"name": "t"})])
    assert propose(tree, ACCOUNT).wishes[0].action == "start-logging"


@pytest.mark.parametrize(
    ("source", "name", "asked"),
    [
        ("guardduty", "UpdateDetector", {"detectorId": "1" * 32, "enable": True}),
        ("guardduty", "UpdateDetector", {"detectorId": "1" * 32}),
        ("s3", "PutBucketPublicAccessBlock",
         {"bucketName": "b", "PublicAccessBlockConfiguration": SHUT}),
    ],
)  # fmt: skip
def test_what_opens_nothing(tmp_path: Path, source: str, name: str, asked: dict[str, Any]) -> None:
    assert tree_of(tmp_path, [call(0, user(), source, name, asked=asked)]).opened == ()


@pytest.mark.parametrize("shut", [True, False])
def test_a_block_takes_back_only_if_it_blocks(tmp_path: Path, shut: bool) -> None:
    blocks = [OPEN, SHUT if shut else OPEN]
    records = [
        call(9 * n, who, "s3", "PutBucketPublicAccessBlock",
             asked={"bucketName": "b", "PublicAccessBlockConfiguration": block})
        for n, (who, block) in enumerate(zip((user(), ADMIN), blocks, strict=True))
    ]  # fmt: skip
    (opened,) = tree_of(tmp_path, records).opened
    assert opened.undone_ms == (START_MS + 9000 if shut else None)
