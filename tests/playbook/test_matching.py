"""Which playbook answers which finding, and what the finding fills."""

from pathlib import Path
from typing import Any

import pytest

from tests.detect import samples
from trailtui.case.opening import Opening, open_new_case
from trailtui.detect.intake import read_alert
from trailtui.model.finding import Finding
from trailtui.playbook.inputs import known_inputs
from trailtui.playbook.load import playbook_named
from trailtui.playbook.matching import matching_playbooks

OWN = """\
id: {id}
title: One's own
version: 1
triggers: {triggers}
inputs:
  {inputs}
phases:
  - phase: triage
    steps:
      - {{id: only, title: Only, guide: Look., run: {{manual: Look.}}}}
"""


def findings(value: Any) -> tuple[Finding, ...]:
    return read_alert(samples.document(value)).findings


def own(folder: Path, name: str, triggers: str, inputs: str = "ip: {type: ip}") -> None:
    text = OWN.format(id=name, triggers=triggers, inputs=inputs)
    (folder / f"{name}.yaml").write_text(text)


@pytest.mark.parametrize("shape", samples.FINDINGS)
def test_the_key_s_playbook_answers_the_finding_in_every_shape(shape: str) -> None:
    best, *others = matching_playbooks(findings(samples.FINDINGS[shape]()))
    assert best.playbook.id == "compromised-access-key"
    assert best.pattern == "guardduty *:IAMUser/*"
    assert best.inputs == {"access_key": samples.KEY, "account": samples.ACCOUNT}
    assert best.lacking == ()
    assert others == []


def test_an_attack_sequence_over_credentials_is_answered_too() -> None:
    (match,) = matching_playbooks(findings(samples.attack_sequence()))
    assert match.playbook.id == "compromised-access-key"


@pytest.mark.parametrize("shape", samples.ALARMS)
def test_an_alarm_s_playbook_gets_the_alarm_s_time(shape: str) -> None:
    (match,) = matching_playbooks(findings(samples.ALARMS[shape]()))
    assert match.playbook.id == "metric-alarm"
    assert match.lacking == ()
    assert set(match.inputs) == {"since", "until"}


def test_what_no_playbook_answers_matches_none() -> None:
    assert (
        matching_playbooks(findings(samples.guardduty(type="Backdoor:EC2/DenialOfService"))) == []
    )


def test_a_required_input_that_the_finding_lacks_is_said() -> None:
    made = samples.guardduty()
    made["resource"]["accessKeyDetails"]["accessKeyId"] = "GeneratedFindingAccessKeyId"
    (match,) = matching_playbooks(findings(made))
    assert match.lacking == ("needs access_key, and it names none",)
    made = samples.attack_sequence()
    actors = made["service"]["detection"]["sequence"]["actors"]
    actors.append({"user": {"credentialUid": samples.SESSION_KEY}})
    (match,) = matching_playbooks(findings(made))
    assert match.lacking == ("needs access_key, and it names 2",)


def test_the_narrower_pattern_wins_but_not_what_can_t_be_started(tmp_path: Path) -> None:
    own(tmp_path, "narrow", '{guardduty: ["UnauthorizedAccess:IAMUser/MaliciousIPCaller*"]}')
    own(tmp_path, "wide", '{guardduty: ["*"]}')
    own(tmp_path, "exact", f'{{guardduty: ["{samples.guardduty()["type"]}"]}}',
        "role: {type: arn, required: true}")  # fmt: skip
    matches = matching_playbooks(findings(samples.guardduty()), [tmp_path])
    ids = [one.playbook.id for one in matches]
    assert ids == ["narrow", "compromised-access-key", "wide", "exact"]
    assert matches[0].inputs == {"ip": samples.ATTACKER}


def test_each_kind_of_trigger_looks_at_its_own(tmp_path: Path) -> None:
    own(tmp_path, "hub", '{securityhub: ["*custom threat list*"]}')
    own(tmp_path, "metric", '{alarm: ["cloudtrailmetrics/rootuse"]}')

    def ids(value: Any) -> set[str]:
        return {one.playbook.id for one in matching_playbooks(findings(value), [tmp_path])}

    assert "hub" in ids(samples.asff())
    assert "hub" in ids(samples.ocsf())
    assert "hub" not in ids(samples.guardduty())
    assert ids(samples.alarm()) == {"metric", "metric-alarm"}


def test_of_several_findings_each_playbook_answers_one(tmp_path: Path) -> None:
    both = findings([samples.alarm(), samples.guardduty()])
    assert {one.playbook.id: one.finding.kind for one in matching_playbooks(both)} == {
        "compromised-access-key": "guardduty", "metric-alarm": "alarm",
    }  # fmt: skip


def test_a_window_from_a_finding_bounds_no_playbook_and_a_given_one_does(tmp_path: Path) -> None:
    alert = findings(samples.guardduty())
    playbook = playbook_named("compromised-access-key")

    def known(opening: Opening, name: str) -> set[str]:
        with open_new_case(tmp_path / name, opening) as case:
            return {
                word
                for word, values in known_inputs(case, playbook).items()
                if values and word in ("since", "until")
            }

    raw = samples.document(samples.guardduty())
    assert known(Opening(alert=("x", raw), findings=alert), "a.case") == set()
    given = Opening(alert=("x", raw), findings=alert, since_ms=samples.FIRST_MS)
    assert known(given, "b.case") == {"since"}
