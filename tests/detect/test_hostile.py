"""Whatever an attacker writes into a finding: read or refused, never a crash, no false entity."""

import copy
import ipaddress
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.detect import samples
from trailtui.case.file import Case
from trailtui.case.findings import list_findings, take_findings
from trailtui.detect.envelopes import Around
from trailtui.detect.intake import Intake, read_alert, read_findings
from trailtui.detect.named import MOST_ENTITIES
from trailtui.model.entity import ENTITY_KINDS, Entity
from trailtui.model.errors import InputError
from trailtui.model.finding import FINDING_KINDS, SEVERITIES, Finding
from trailtui.model.text import safe
from trailtui.playbook.load import playbook_named
from trailtui.playbook.matching import match_playbook

HOSTILE = [
    "\x1b]52;c;aGk=\x07", "\x1b[2J", "[/x]", "\u202egpj.exe", "\x00", "\ud800", "a\nb", "'; DROP--",
    "../../etc/passwd", "=cmd|' /C calc'!A0", "fe80::1%\x1b[31m", "1.2.3.4\n", "AKIA" + "A" * 500,
    "AKIAEXAMPLEALICE0000\n", "arn:aws:iam::111122223333:user/a\x1bb", "१२३४५६७८९०१२", "us-east-1 ",
    "arn:aws:iam::111122223333:user/", "::1%1", "0x7f.1", "9" * 5000, "{{ each }}", "{%s}" * 9,
    "arn:aws:sts::111122223333:assumed-role/a/b/c", "AWS::IAM::AccessKey:", "10.0.0.1/8", "TTPs/:/",
    "aws/guardduty/service/" + "a/" * 50, "2026-99-99T99:99:99Z", "-1", "1e400", "", " ",
]  # fmt: skip

leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
    | st.sampled_from(HOSTILE)
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner,
                                                                max_size=4),
    max_leaves=12,
)  # fmt: skip
names = st.sampled_from(
    ["Findings", "findings", "detail", "detail-type", "Records", "Sns", "Message", "TopicArn",
     "body", "messageId", "type", "resource", "service", "severity", "id", "class_uid",
     "finding_info", "AlarmName", "NewStateValue", "state", "statevalue", "HistoryItemType",
     "ProductArn", "AwsAccountId", "uid", "Messages", "MetricAlarms", "AlarmHistoryItems"]
)  # fmt: skip
shapes = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6),
    max_leaves=25,
)
SAMPLES = [
    *(make() for make in samples.FINDINGS.values()),
    *(make() for make in samples.ALARMS.values()),
    samples.instance_credentials(),
    samples.attack_sequence(),
    samples.notification(samples.event(samples.guardduty())),
]

_SHAPES = {
    "credential": r"(AKIA|ASIA|ABIA|ACCA)[A-Z0-9*]{12,124}",
    "principal": r"arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:[!-~]{1,700}",
    "resource": r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}|aws)?:\S{1,1600}",
    "account": r"[0-9]{12}",
    "region": r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}",
}


def read(data: bytes, around: Around | None = None) -> Intake:
    """What is in a document; refusing it as a whole is as good."""
    try:
        return read_findings(data, around)
    except InputError as error:
        assert error.what
        return Intake()


def check(intake: Intake) -> None:
    for finding in intake.findings:
        assert finding.kind in FINDING_KINDS
        assert finding.severity_word in ("", *SEVERITIES)
        assert finding.id
        assert len(finding.entities) <= MOST_ENTITIES
        for entity in finding.entities:
            check_entity(entity)
        since, until = finding.window.since_ms, finding.window.until_ms
        assert (since is None) == (until is None)
        assert since is None or until is None or 0 <= since < until
        text = json.dumps(finding.as_json(), allow_nan=False)
        assert Finding.from_json(json.loads(text)) == finding
        for stored in (finding.id, finding.type, finding.title, *finding.missing):
            stored.encode("utf-8")  # SQLite takes nothing else
            assert len(stored) <= 2000
    for refused in intake.refused:
        assert refused.reason


def check_entity(entity: Entity) -> None:
    assert entity.kind in ENTITY_KINDS
    assert safe(entity.value) == entity.value
    if entity.kind == "ip":
        assert str(ipaddress.ip_address(entity.value)) == entity.value
        assert "%" not in entity.value
    elif entity.kind == "agent":
        assert 0 < len(entity.value.strip()) <= 1024
    else:
        assert re.fullmatch(_SHAPES[entity.kind], entity.value)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    found = [path]
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, member in items:
        found += places(member, (*path, key))
    return found


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    made = copy.deepcopy(value)
    inner = made
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = by
    return made


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    check(read(data))


@given(values | shapes)
def test_any_json(value: Any) -> None:
    check(read(json.dumps(value).encode()))


@settings(max_examples=400)
@given(st.data())
def test_a_finding_with_any_member_changed(data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(SAMPLES))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(sample)))
        sample = replaced(sample, path, data.draw(leaves | values))
    around = Around(samples.ACCOUNT, "eu-west-1", alarms={samples.ALARM: samples.alarm()})
    check(read(json.dumps(sample).encode("utf-8", "surrogatepass"), around))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("number", range(len(SAMPLES)))
def test_every_text_of_every_sample_hostile(number: int, text: str) -> None:
    for path in places(SAMPLES[number]):
        check(read(json.dumps(replaced(SAMPLES[number], path, text)).encode()))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_was_read_can_be_stored_matched_and_listed(
    tmp_path: Path, data: st.DataObject
) -> None:
    sample = data.draw(st.sampled_from(SAMPLES))
    path = data.draw(st.sampled_from(places(sample)))
    raw = json.dumps(replaced(sample, path, data.draw(leaves))).encode()
    intake = read(raw)
    file = tmp_path / "hostile.case"
    with Case.open(file) if file.exists() else Case.create(file) as case:
        before = len(list_findings(case, all_versions=True))
        refused = [(one.position, one.reason) for one in intake.refused]
        taken = take_findings(case, "here", raw, intake.findings, refused)
        assert len(taken.states) == len(intake.findings)
        listed = list_findings(case, all_versions=True)
        assert len(listed) == before + taken.count("new") + taken.count("update")
    playbook = playbook_named("compromised-access-key")
    for finding in intake.findings:
        match_playbook(playbook, finding)


def test_a_flood_of_entities_is_cut_and_told() -> None:
    resources = [
        {"Type": "AwsS3Bucket", "Id": f"arn:aws:s3:::bucket-{number}"} for number in range(500)
    ]
    (finding,) = read_alert(samples.document(samples.asff(Resources=resources))).findings
    assert len(finding.entities) == MOST_ENTITIES
    assert any("more entities are in it" in sentence for sentence in finding.missing)
    assert any("has 500 items; 200 were looked at" in sentence for sentence in finding.missing)


def test_long_texts_are_cut_and_the_evidence_is_not() -> None:
    made = samples.guardduty(title="x" * 100_000)
    (finding,) = read_alert(samples.document(made)).findings
    assert len(finding.title) == 2000
