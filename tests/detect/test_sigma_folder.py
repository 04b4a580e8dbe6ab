"""A folder of rules in the shape of SigmaHQ's: the program's hits are the plain evaluator's."""

import base64
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.detect.plain_folder import Hits, hits_of, rules_of
from tests.detect.plain_sigma import PLACEHOLDERS
from tests.records import START, record, write_log_file
from trailtui.case.events import by_ids
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.detect.rules import run_rules

pytest.importorskip("sigma")

from trailtui.detect.sigma.reading import read_rules

FOLDER = Path(__file__).parent / "sigmahq"
IAM, EC2, S3 = "iam.amazonaws.com", "ec2.amazonaws.com", "s3.amazonaws.com"
CALLS = [
    (IAM, "CreateAccessKey"), (IAM, "CreateUser"), (IAM, "CreateUser"), (IAM, "DeleteUser"),
    (IAM, "CreateRole"), (IAM, "PutUserPolicy"), (IAM, "AttachUserPolicy"),
    (EC2, "RunInstances"), (EC2, "TerminateInstances"), (EC2, "AuthorizeSecurityGroupIngress"),
    (S3, "PutBucketPolicy"), (S3, "PutBucketAcl"), (S3, "RunInstances"),
    ("cloudtrail.amazonaws.com", "StopLogging"), ("cloudtrail.amazonaws.com", "DeleteTrail"),
    ("guardduty.amazonaws.com", "DeleteDetector"), ("sts.amazonaws.com", "GetCallerIdentity"),
]  # fmt: skip
AGENTS = [
    "aws-cli/2.17.0", "Boto3/1.34 python Linux", "python-requests boto", "Pacu/1.0", "kali linux",
    "curl Linux", "prowler/3", "CloudXGoat",
]  # fmt: skip
ADDRESSES = ["203.0.113.9", "203.0.113.200", "2001:db8::7", "198.51.100.7", "config.amazonaws.com"]
NAMES = ["alice", "Admin", "admin", "svc-admin", "bg-night", "ROOT2", "bob"]


def encoded(text: str, encoding: str = "utf-8", before: str = "") -> str:
    return base64.b64encode(before.encode() + text.encode(encoding)).decode()


def parameters(rng: random.Random) -> Any:
    """requestParameters: a few members, each of which some rule asks for."""
    members: list[dict[str, Any]] = [
        {"userName": rng.choice(NAMES)},
        {"roleName": rng.choice(["user/", "ALICE", "x"])},
        {"prefix": rng.choice(["arn:aws:iam::9", "arn:aws:iam::111122223333:user/Al", "zz"])},
        {"maxItems": rng.choice([0, 2, 3, 7, "7", 7.0, 41, 45, 50, 100, 500, "many", True, None])},
        {"policyDocument": rng.choice(['{"Action":"*"}', '{"Action":"s3:Get"}'])},
        {"policyArn": rng.choice(["arn:aws:x/AdministratorAccess", "arn:x/ReadOnly"])},
        {"grants": rng.choice([["AllUsers"], [{"Principal": "*"}], ["me"], []])},
        {"userData": rng.choice([
            encoded("curl evil"), encoded("#!/bin/bash", before=rng.choice(["", "x", "yz"])),
            encoded("powershell", "utf-16le", rng.choice(["", "a"])), encoded("invoke", "utf-16be"),
            "plain",
        ])},
        {"command": rng.choice(["cmd -enc x /c y", "cmd /enc x -c", "\u2013enc \u2014c", " -enc"])},
        {"resource": rng.choice(["xa*by", "xaab", "xyz1", "xz", "c\\d", "cd", "XYZ"])},
        {"ipPermissions": {"items": [
            {"toPort": rng.choice([22, 80, 3389]),
             "ipRanges": {"items": [{"cidrIp": rng.choice(["0.0.0.0/0", "10.0.0.0/8"])}]}}
            for _ in range(rng.randrange(2))
        ]}},
    ]  # fmt: skip
    chosen = rng.sample(members, rng.randrange(5))
    made: dict[str, Any] = {}
    for one in chosen:
        made |= one
    return made if made or rng.random() < 0.5 else None


def identity(rng: random.Random) -> dict[str, Any]:
    name = rng.choice(NAMES)
    account = rng.choice(["111122223333", "999988887777"])
    made: dict[str, Any] = {
        "type": rng.choice(["IAMUser", "IAMUser", "Root", "SAMLUser", "AssumedRole"]),
        "arn": f"arn:aws:iam::{account}:user/{name}",
        "userName": name,
        "accountId": account,
    }
    if rng.random() < 0.8:
        made["accessKeyId"] = "AKIAEXAMPLEALICE0000"
    if rng.random() < 0.1:
        made["invokedBy"] = "config.amazonaws.com"
    if rng.random() < 0.2:
        issuer = {"userName": "deploy"} if rng.random() < 0.7 else {}
        made["sessionContext"] = {"sessionIssuer": issuer}
    return made


def generated(seed: int, number: int) -> list[dict[str, Any]]:
    """Records over six days, no two of one second."""
    rng = random.Random(seed)
    seconds = set(rng.sample(range(6 * 86_400), number))
    night = 19 * 3600 + 7 * 60  # 03:07 of the first night: the records begin at 08:00
    seconds |= {night + day * 86_400 + second for day in range(5) for second in (3, 40)}
    bursts = rng.sample(sorted(seconds), number // 20)
    burst = {begin + step * 40: begin for begin in bursts for step in range(1, 9)}
    """Several calls of one principal within minutes, most of them denied."""
    seconds |= burst.keys()
    made: list[dict[str, Any]] = []
    for at, second in enumerate(sorted(seconds)):
        source, name = rng.choice(CALLS)
        changes: dict[str, Any] = {
            "eventTime": (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": source,
            "eventName": name,
            "userAgent": rng.choice(AGENTS),
            "sourceIPAddress": rng.choice(ADDRESSES),
            "awsRegion": rng.choice(["us-east-1", "eu-west-1", "ap-south-1"]),
            "userIdentity": identity(random.Random(burst[second]) if second in burst else rng),
            "requestParameters": parameters(rng),
            "readOnly": rng.random() < 0.5,
            "responseElements": rng.choice([None, {"x": 1}]),
            "additionalEventData": rng.choice([..., {"MFAUsed": "No"}, {"MFAUsed": "Yes"}]),
        }
        if rng.random() < 0.35:
            changes["errorCode"] = rng.choice(["AccessDenied", "Client.Denied", "Throttled", ""])
            changes["errorMessage"] = rng.choice(
                ["no\ndenied\nhere", "denied\nby", "denied by", "x"]
            )
        if second in burst and rng.random() < 0.6:
            changes["errorCode"] = "AccessDenied"
        if second in burst and rng.random() < 0.4:
            changes |= {"eventName": rng.choice(["CreateUser", "CreateAccessKey"])}
            changes |= {"awsRegion": "us-east-1", "requestParameters": {"userName": "alice"}}
        made.append(record(at, **changes))
    return made


def hits_of_program(folder: Path, case: Case) -> Hits:
    chosen = read_rules([folder], PLACEHOLDERS)
    assert not chosen.refused, chosen.refused
    done = run_rules(case, chosen)
    correlations = {rule["title"] for rule in rules_of(folder) if "correlation" in rule}
    found: Hits = {}
    for _, one, _ in done.kept.states:
        about = one.about if one.title in correlations else ""  # single rules: by principal
        ids = {row.event_id for row in by_ids(case, one.events)}
        found.setdefault((one.title, about), set()).update(ids)
    return found


@pytest.mark.parametrize("seed", range(2))
def test_the_folder_gives_what_the_plain_evaluator_gives(
    seed: int, case: Case, tmp_path: Path
) -> None:
    records = generated(seed, 700)
    collect_files(case, [str(write_log_file(tmp_path / "log.json.gz", records))], workers=0)
    expected = hits_of(FOLDER, records)
    found = hits_of_program(FOLDER, case)
    assert found.keys() == expected.keys()
    for key, ids in expected.items():
        assert found[key] == ids, key
    # each rule finds something and leaves something, or its part of the comparison is empty
    referred = {"A call was denied", "A user was made", "A key was made"}
    titles = {rule["title"] for rule in rules_of(FOLDER)} - referred - {"Another log"}
    assert {title for title, _ in expected} == titles
    assert all(len(ids) < len(records) for ids in expected.values())


def test_every_modifier_and_kind_of_correlation_is_in_the_folder() -> None:
    text = "\n".join(path.read_text() for path in FOLDER.rglob("*.yml"))
    for modifier in (
        "all", "base64", "base64offset", "cased", "cidr", "contains", "day", "endswith", "exists",
        "expand", "fieldref", "gt", "gte", "hour", "i", "lt", "lte", "m", "minute", "month", "neq",
        "re", "s", "startswith", "utf16be", "week", "wide", "windash", "year",
    ):  # fmt: skip
        assert any(f"|{modifier}{end}" in text for end in ":|"), modifier
    for part in ("1 of them", "all of them", "all of selection*", "1 of selection_*",
                 "<<: *", "action: global", "action: repeat", "action: reset", "event_count",
                 "value_count",
                 "temporal\n",
                 "temporal_ordered", "aliases:", "(?!", "(?<!", "\n---\n"):  # fmt: skip
        assert part in text, part


def test_rules_for_other_logs_in_the_folder_are_passed_over() -> None:
    (said,) = read_rules([FOLDER], PLACEHOLDERS).passed_over
    assert "proc_creation_win_other.yml" in said
    assert "product windows" in said


def test_a_byte_order_mark_is_refused_and_not_searched_for_wrongly(tmp_path: Path) -> None:
    path = tmp_path / "bom.yml"
    path.write_text(
        "title: x\nlogsource: {product: aws}\ndetection:\n  a:\n    f|utf16|base64: start\n"
        "  condition: a\n"
    )
    (said,) = read_rules([path]).refused
    assert f"{path}:5" in said
    assert "use |wide" in said
