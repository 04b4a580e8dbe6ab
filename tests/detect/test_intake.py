"""Alerts in every shape and envelope become the same finding."""

import gzip
import json
from typing import Any

import pytest

from tests.detect import samples
from tests.detect.samples import ACCOUNT, AGENT, ATTACKER, FIRST_MS, KEY, LAST_MS, RANG_MS
from trailtui.detect.envelopes import Around
from trailtui.detect.intake import read_alert, read_findings
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError
from trailtui.model.finding import Finding
from trailtui.model.times import HOUR_MS, parse_event_time

ALICE = Entity("principal", f"arn:aws:iam::{ACCOUNT}:user/alice")
GUARDDUTY_TYPE = "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom"


def the_finding(value: Any, around: Around | None = None) -> Finding:
    """The one finding of a document."""
    intake = read_findings(samples.document(value), around)
    assert intake.refused == ()
    (finding,) = intake.findings
    return finding


@pytest.mark.parametrize("envelope", samples.ENVELOPES)
@pytest.mark.parametrize("shape", samples.FINDINGS)
def test_one_finding_in_every_shape_and_envelope(shape: str, envelope: str) -> None:
    finding = the_finding(samples.ENVELOPES[envelope](samples.FINDINGS[shape]()))
    assert finding.kind == {"asff": "securityhub"}.get(
        shape.split("-", maxsplit=1)[0], shape.split("-", maxsplit=1)[0]
    )
    assert finding.type == GUARDDUTY_TYPE
    assert finding.product == "GuardDuty"
    assert finding.severity_word == "medium"
    assert (finding.account, finding.region) == (ACCOUNT, "us-east-1")
    assert (finding.first_ms, finding.last_ms, finding.count) == (FIRST_MS, LAST_MS, 7)
    assert finding.updated_ms == samples.WRITTEN_MS
    named = set(finding.entities)
    assert {
        Entity("credential", KEY), ALICE, Entity("ip", ATTACKER), Entity("agent", AGENT),
        Entity("account", ACCOUNT), Entity("region", "us-east-1"),
    } <= named  # fmt: skip
    assert named - {Entity("resource", "arn:aws:s3:::exports-example")} <= {
        Entity("credential", KEY), ALICE, Entity("ip", ATTACKER), Entity("agent", AGENT),
        Entity("account", ACCOUNT), Entity("region", "us-east-1"),
    }  # fmt: skip
    assert finding.window.since_ms == FIRST_MS - 24 * HOUR_MS
    assert finding.window.until_ms == LAST_MS + HOUR_MS
    assert finding.missing == ()


@pytest.mark.parametrize("envelope", ["bare", "list", "sns", "lambda", "queue", "received"])
@pytest.mark.parametrize("shape", samples.ALARMS)
def test_one_alarm_in_every_shape_and_envelope(shape: str, envelope: str) -> None:
    around = Around(ACCOUNT, "eu-west-1", alarms={samples.ALARM: samples.alarm()})
    finding = the_finding(samples.ENVELOPES[envelope](samples.ALARMS[shape]()), around)
    assert (finding.kind, finding.type) == ("alarm", samples.ALARM)
    assert finding.id == samples.ALARM_ARN
    assert "CloudTrailMetrics/RootUse" in finding.types
    assert finding.updated_ms == RANG_MS
    assert finding.severity_word == ""
    assert set(finding.entities) == {Entity("account", ACCOUNT), Entity("region", "eu-west-1")}
    first = parse_event_time("2026-03-01T08:00:00Z")
    if shape == "notice":  # it tells its periods, not its datapoints: two of five minutes
        first = RANG_MS - 600_000
    assert finding.first_ms == first
    assert finding.last_ms == RANG_MS
    assert finding.window.since_ms == first - HOUR_MS
    assert finding.window.until_ms == RANG_MS + HOUR_MS
    assert any("names nobody" in sentence for sentence in finding.missing)


def test_quiet_alarms_of_an_answer_are_passed_over_and_told() -> None:
    answer = {"MetricAlarms": [samples.alarm(), samples.alarm("OK")], "CompositeAlarms": []}
    intake = read_findings(samples.document(answer))
    assert [one.type for one in intake.findings] == [samples.ALARM]
    assert intake.passed_over == (("alarms that are in state OK", 1),)
    changed = samples.alarm_history() | {"HistoryItemType": "ConfigurationUpdate"}
    items = [samples.alarm_history(), changed, samples.alarm_history("OK")]
    history = read_findings(samples.document({"AlarmHistoryItems": items}))
    assert len(history.findings) == 1
    assert sum(count for _, count in history.passed_over) == 2


def test_the_news_that_an_alarm_ended_says_so() -> None:
    finding = the_finding(samples.alarm_event("OK"))
    assert "it tells that the alarm went to OK, not that it rang" in finding.missing


def test_an_instance_s_credentials_name_role_instance_and_no_address_of_its_own() -> None:
    finding = the_finding(samples.event(samples.instance_credentials()))
    assert Entity("credential", samples.SESSION_KEY) in finding.entities
    assert Entity("principal", f"arn:aws:iam::{ACCOUNT}:role/app-server") in finding.entities
    instance = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-0abc123def4567890"
    assert Entity("resource", instance) in finding.entities
    profile = f"arn:aws:iam::{ACCOUNT}:instance-profile/app-server"
    assert Entity("resource", profile) in finding.entities
    assert Entity("ip", "203.0.113.9") not in finding.entities
    assert ("the instance's public address", "203.0.113.9") in finding.details
    assert finding.severity_word == "high"


def test_an_attack_sequence_names_its_actors_and_endpoints() -> None:
    finding = the_finding(samples.as_api(samples.attack_sequence()))
    assert {Entity("credential", KEY), ALICE, Entity("ip", ATTACKER)} <= set(finding.entities)
    assert finding.severity_word == "critical"


@pytest.mark.parametrize(
    ("user_type", "name", "principal"),
    [
        ("Root", "Root", f"arn:aws:iam::{ACCOUNT}:root"),
        ("IAMUser", "alice", f"arn:aws:iam::{ACCOUNT}:user/alice"),
        ("Role", "deploy", f"arn:aws:iam::{ACCOUNT}:role/deploy"),
        ("AssumedRole", "deploy", f"arn:aws:iam::{ACCOUNT}:role/deploy"),
        ("FederatedUser", "guest", f"arn:aws:sts::{ACCOUNT}:federated-user/guest"),
        ("AWSService", "ec2.amazonaws.com", None),
        ("AWSAccount", "999988887777", None),
        ("Directory", "someone", None),
    ],
)
def test_principals_have_the_name_that_the_events_have(
    user_type: str, name: str, principal: str | None
) -> None:
    made = samples.guardduty()
    made["resource"]["accessKeyDetails"] |= {"userType": user_type, "userName": name}
    finding = the_finding(made)
    found = [one.value for one in finding.entities if one.kind == "principal"]
    assert found == ([principal] if principal else [])
    assert bool(finding.missing) == (principal is None)


def test_a_root_finding_of_security_hub_names_root() -> None:
    owner = {"PrincipalId": ACCOUNT, "PrincipalType": "Root", "PrincipalName": "Root"}
    resource = {
        "Type": "AwsIamAccessKey",
        "Id": f"AWS::IAM::AccessKey:{samples.SESSION_KEY}",
        "Details": {"AwsIamAccessKey": owner},
    }
    types = ["TTPs/Policy:IAMUser-RootCredentialUsage"]
    finding = the_finding(samples.asff(Resources=[resource], Types=types))
    assert finding.type == "Policy:IAMUser/RootCredentialUsage"
    assert finding.types == (types[0], finding.type)
    assert Entity("principal", f"arn:aws:iam::{ACCOUNT}:root") in finding.entities


def test_a_control_of_security_hub_names_the_resource_and_nobody() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/path/admin"
    finding = the_finding(
        samples.asff(
            ProductArn="arn:aws:securityhub:us-east-1::product/aws/securityhub",
            Types=["Software and Configuration Checks/Industry and Regulatory Standards"],
            Resources=[{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::b-1"},
                       {"Type": "AwsIamRole", "Id": role},
                       {"Type": "AwsAccount", "Id": "AWS::::Account:999988887777"}],
            Action=None,
            ProductFields={},
        )
    )  # fmt: skip
    assert {Entity("resource", "arn:aws:s3:::b-1"), Entity("principal", role),
            Entity("account", "999988887777")} <= set(finding.entities)  # fmt: skip
    assert finding.type == "Software and Configuration Checks/Industry and Regulatory Standards"


def test_an_outbound_connection_s_far_end_is_the_address() -> None:
    evidence = {
        "connection_info": {"direction": "Outbound"},
        "src_endpoint": {"ip": "10.0.0.9"},
        "dst_endpoint": {"ip": ATTACKER},
    }
    finding = the_finding(samples.ocsf(evidences=[evidence]))
    assert [one.value for one in finding.entities if one.kind == "ip"] == [ATTACKER]


def test_json_lines_and_gzip_keep_the_good_and_tell_the_bad() -> None:
    lines = [json.dumps(samples.guardduty(id=str(number))) for number in range(3)]
    data = "\n".join([lines[0], "no json", "", lines[1], '"text"', lines[2]]).encode()
    for document in (data, gzip.compress(data)):
        intake = read_alert(document)
        assert [one.id for one in intake.findings] == ["0", "1", "2"]
        assert [one.position for one in intake.refused] == ["line 2", "line 5"]


def test_a_mixture_keeps_the_good_and_says_which_are_bad() -> None:
    broken = samples.asff()
    del broken["Id"]
    findings = [samples.asff(), broken, "text", {"a": 1}, samples.ocsf(class_uid=3005)]
    intake = read_alert(samples.document({"Findings": findings}))
    assert len(intake.findings) == 1
    assert [str(one) for one in intake.refused] == [
        "Findings[1]: the ASFF finding has no Id",
        "Findings[2]: is no JSON object",
        "Findings[3]: has no shape of a finding that is known; its members: 'a'",
        "Findings[4]: class 3005 of OCSF is no finding",
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the alert is empty"),
        (b"hello", "no JSON"),
        (b'{"Findings": []}', "an empty answer"),
        (b"[]", "an empty answer"),
        (b"7", "no JSON object"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b'{"detail-type": "GuardDuty Finding"}', "an EventBridge event without its detail"),
        (b'{"detail-type": "x", "detail": "{"}', "detail holds a text that is no JSON"),
        (b'{"Type": "Notification", "Message": "ALARM: rang"}', "Message holds a text that is no"),
        (b'{"Type": "SubscriptionConfirmation", "Token": "x"}', "a confirmation of SNS"),
        (b'{"Records": [{"eventVersion": "1.1", "eventName": "x"}]}', "a CloudTrail record"),
        (b'{"detail-type": "x", "detail": {"eventVersion": "1", "eventName": "x"}}', "CloudTrail"),
        (b'{"type": "a:b", "resource": {}, "severity": 5}', "the GuardDuty finding has no id"),
        (b'{"type": "ab", "resource": {}, "id": "1"}', "without a colon"),
        (b'{"type": "a:b", "resource": {}, "id": ["1"]}', "has no usable id"),
        (b'{"class_uid": 2004}', "the OCSF finding has no finding_info"),
        (b'{"AlarmName": "a", "NewStateValue": 1.5}', "has no usable NewStateValue"),
        (b"\x1f\x8bbroken", "can't be unpacked"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b"[" * 20 + b"]" * 20, "more than 8 envelopes"),
    ],
)
def test_what_is_no_alert_is_refused_with_the_reason_and_the_place(data: bytes, says: str) -> None:
    with pytest.raises(InputError) as refused:
        read_alert(data)
    assert says in refused.value.what


def test_envelopes_in_envelopes_end() -> None:
    value: Any = samples.guardduty()
    for _ in range(12):
        value = samples.notification(value)
    with pytest.raises(InputError, match="more than 8 envelopes"):
        read_alert(samples.document(value))


def test_a_too_large_alert_is_refused_and_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(InputError, match="larger than 64 MiB"):
        read_alert(gzip.compress(b" " * (65 << 20), 1))


def test_without_times_the_envelope_s_is_taken_and_without_any_the_window_is_open() -> None:
    made = samples.guardduty()
    for name in ("createdAt", "updatedAt"):
        del made[name]
    made["service"] = {"action": {}}
    wrapped = the_finding(samples.event(made))
    assert wrapped.first_ms == wrapped.last_ms == samples.WRITTEN_MS
    assert any("does not say when it was seen" in one for one in wrapped.missing)
    bare = the_finding(made)
    assert (bare.window.since_ms, bare.window.until_ms) == (None, None)
    assert "it has no time at all: the window is open" in bare.missing


def test_a_finding_comes_back_from_its_json() -> None:
    for shape in samples.FINDINGS.values():
        finding = the_finding(shape())
        assert Finding.from_json(json.loads(json.dumps(finding.as_json()))) == finding
