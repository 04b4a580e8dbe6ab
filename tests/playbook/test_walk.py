"""The shipped playbook from the alert to the bundle, against the simulated account.

Walked twice by one script: through the runner, as the console does, and through the command line.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from tests.simulated import simulated_account
from trailtui.aws.session import AwsSession
from trailtui.case import journal
from trailtui.case.events import by_ids
from trailtui.case.file import Case
from trailtui.case.opening import Opening, open_new_case
from trailtui.cli.main import main
from trailtui.collect.files import collect_files
from trailtui.model.entity import Entity
from trailtui.playbook.result import StepResult
from trailtui.playbook.runner import PlaybookRun
from trailtui.playbook.views import StepView
from trailtui.respond.arming import arm
from trailtui.sim.incidents.stolen_key import StolenKey

PLAYBOOK = "compromised-access-key"
STEPS = (
    "alert", "who", "where", "issued", "story", "tampering", "created", "roles", "data",
    "elsewhere", "tree", "ready", "cut-users", "cut-key", "cut-new-keys", "cut-user-sessions",
    "cut-role-sessions", "held", "contained", "report", "bundle",
)  # fmt: skip


class Hand(Protocol):
    """One way of walking: each does one thing with one step."""

    def run(self, step: str) -> None: ...
    def note(self, step: str, text: str) -> None: ...
    def pin(self, step: str, event_id: str) -> None: ...
    def decide(self, step: str, option: str) -> None: ...
    def apply(self, step: str, target: str, plan_hash: str) -> None: ...
    def leave_out(self, step: str, target: str, reason: str) -> None: ...
    def complete(self, step: str) -> None: ...


@dataclass
class RunnerHand:
    """Through the runner; confirms by typing the target."""

    path: Path
    aws: AwsSession
    _case: Case = field(init=False)

    def __post_init__(self) -> None:
        self._case = Case.open(self.path)

    @property
    def _run(self) -> PlaybookRun:
        return PlaybookRun.resume(self._case)

    def run(self, step: str) -> None:
        self._run.run_step(step, open_aws=lambda: self.aws)

    def note(self, step: str, text: str) -> None:
        self._run.note(step, text)

    def pin(self, step: str, event_id: str) -> None:
        from trailtui.case.marks import the_event

        self._run.pin(step, the_event(self._case, event_id).id)

    def decide(self, step: str, option: str) -> None:
        self._run.decide(step, option)

    def apply(self, step: str, target: str, plan_hash: str) -> None:
        arm(self._case, self.aws)
        assert self._run.apply_action(step, plan_hash, target, self.aws).is_good

    def leave_out(self, step: str, target: str, reason: str) -> None:
        self._run.skip_part(step, target, reason)

    def complete(self, step: str) -> None:
        self._run.complete(step)


@dataclass
class CommandLineHand:
    """Through `trailtui run`; confirms by the plan's hash."""

    path: Path

    def _trailtui(self, step: str, *words: str) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["run", str(self.path), step, *words])
        assert not ended.value.code

    def run(self, step: str) -> None:
        self._trailtui(step, "--format", "json")

    def note(self, step: str, text: str) -> None:
        self._trailtui(step, "--note", text)

    def pin(self, step: str, event_id: str) -> None:
        self._trailtui(step, "--pin", event_id)

    def decide(self, step: str, option: str) -> None:
        self._trailtui(step, "--decide", option)

    def apply(self, step: str, target: str, plan_hash: str) -> None:
        self._trailtui(step, "--confirm", plan_hash[:12], "--arm")

    def leave_out(self, step: str, target: str, reason: str) -> None:
        self._trailtui(step, "--skip", "--target", target, "--reason", reason)

    def complete(self, step: str) -> None:
        self._trailtui(step, "--complete")


@dataclass
class Scene:
    """The incident, the case of it, and the hand that walks."""

    incident: StolenKey
    path: Path
    logs: Path
    hand: Hand

    def step(self, step_id: str) -> StepView:
        with Case.open(self.path) as case:
            return PlaybookRun.resume(case).step(step_id)

    def due(self) -> str | None:
        with Case.open(self.path) as case:
            step = PlaybookRun.resume(case).next_step()
            return step.id if step else None

    def result(self, step_id: str) -> StepResult:
        result = self.step(step_id).result
        assert result is not None
        return result

    def run(self, step_id: str) -> StepResult:
        """Run the step that is due, which has to be this one."""
        assert self.due() == step_id
        self.hand.run(step_id)
        return self.result(step_id)

    def event_of(self, result: StepResult, name: str) -> str:
        """The event id of the first row of that eventName."""
        with Case.open(self.path) as case:
            for part in result.parts:
                ids = [event for event in part.event_ids if event is not None]
                for event in by_ids(case, ids):
                    if event.name == name:
                        return event.event_id
        raise AssertionError(f"no {name} in the result")

    def collect(self) -> None:
        self.incident.account.deliver(self.logs)
        with Case.open(self.path) as case:
            collect_files(case, [str(self.logs)], workers=1)


@pytest.fixture(params=["runner", "command line"])
def scene(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    """The incident was played, its alert made a case, its first log files were collected."""
    with simulated_account() as incident:
        own = incident.responder.session
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", own.id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", own.secret)
        monkeypatch.setenv("AWS_SESSION_TOKEN", own.token or "")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.setenv("TRAILTUI_AWS_ENDPOINT", incident.account.endpoint)
        path = tmp_path / "walk.case"
        alert = ("finding", json.dumps(incident.alert()).encode())
        opening = Opening(entities=(Entity("credential", incident.leaked_key),), alert=alert)
        open_new_case(path, opening).close()
        hand: Hand
        if request.param == "runner":
            hand = RunnerHand(path, AwsSession.open(case_id="walk"))
        else:
            hand = CommandLineHand(path)
        made = Scene(incident, path, tmp_path / "logs", hand)
        made.collect()
        with Case.open(path) as case:
            from trailtui.playbook.starting import start_with_given

            start_with_given(case, PLAYBOOK)
        yield made


def test_from_the_alert_to_the_bundle(scene: Scene) -> None:
    triage(scene)
    timeline(scene)
    scope(scene)
    containment(scene)
    reporting(scene)
    assert scene.due() is None
    with Case.open(scene.path) as case:
        steps = PlaybookRun.resume(case).steps()
        assert [(step.id, step.state) for step in steps] == [(step, "done") for step in STEPS]
        assert journal.verify(case).ok
        ran = [entry.what["step"] for entry in journal.entries(case, kinds=["step-ran"])]
        assert set(ran) == set(STEPS) - {"ready"}


def triage(scene: Scene) -> None:
    hand, incident = scene.hand, scene.incident
    found = scene.run("alert")
    assert any(incident.user in str(value) for row in found.parts[0].rows for value in row)
    hand.note("alert", "GuardDuty, 03:10, by telephone")
    hand.decide("alert", "seen")
    hand.complete("alert")
    activity = scene.run("who")
    hand.pin("who", scene.event_of(activity, "GetCallerIdentity"))
    hand.decide("who", "attacker")
    hand.complete("who")
    addresses = scene.run("where").values("sourceIPAddress")
    assert incident.attacker_addresses[0] in addresses
    hand.note("where", f"theirs: {incident.attacker_addresses[0]}")
    hand.complete("where")


def timeline(scene: Scene) -> None:
    hand, held = scene.hand, scene.incident.attacker_credentials
    scene.run("issued")
    hand.complete("issued")
    story = scene.run("story")
    gone_through = {part.each for part in story.parts}
    assert {held["key"], held["role-session"], held["user-session"], held["second-key"]} <= (
        gone_through
    )
    for name in ("CreateAccessKey", "AssumeRole", "CreateUser", "GetSecretValue"):
        hand.pin("story", scene.event_of(story, name))
    hand.complete("story")
    tampering = scene.run("tampering")
    assert {"StopLogging", "DeleteTrail"} <= set(tampering.values("eventName"))
    hand.decide("tampering", "tried")
    hand.complete("tampering")


def scope(scene: Scene) -> None:
    hand, incident = scene.hand, scene.incident
    created = scene.run("created")
    assert incident.backdoor_user in str(created.parts)
    hand.decide("created", "theirs")
    hand.complete("created")
    roles = scene.run("roles")
    assert incident.role in str(roles.parts)
    hand.complete("roles")
    data = scene.run("data")
    assert {"GetSecretValue", "GetObject"} <= set(data.values("eventName"))
    hand.decide("data", "data-read")
    hand.complete("data")
    elsewhere = scene.run("elsewhere")
    assert set(incident.attacker_addresses) <= {part.each for part in elsewhere.parts}
    hand.decide("elsewhere", "only-this")
    hand.complete("elsewhere")
    tree = scene.run("tree")
    assert set(incident.attacker_credentials.values()) <= set(tree.values("id"))
    hand.complete("tree")


def containment(scene: Scene) -> None:
    hand, incident = scene.hand, scene.incident
    held = incident.attacker_credentials
    assert all(incident.attacker.attempt(credential) for credential in held)
    assert scene.due() == "ready"
    hand.decide("ready", "go")
    hand.note("ready", "the head of operations agreed, 03:40")
    hand.complete("ready")
    targets = {
        "cut-users": {incident.user, incident.backdoor_user},
        "cut-key": {held["key"]},
        "cut-new-keys": {held["second-key"], held["backdoor-key"]},
        "cut-user-sessions": {incident.user, incident.backdoor_user},
        "cut-role-sessions": {incident.role},
    }
    for step, wanted in targets.items():
        scene.run(step)
        planned = {_name(action.target): action for action in scene.step(step).actions}
        assert set(planned) == wanted, step
        for target, action in planned.items():
            assert action.state == "planned", action
            hand.apply(step, target, action.plan_hash)
        hand.complete(step)
    assert not any(incident.attacker.attempt(credential) for credential in held)
    scene.collect()
    held_on = scene.run("held")
    assert set(held.values()) <= {part.each for part in held_on.parts}
    hand.note("held", "watched for half an hour")
    hand.decide("held", "quiet")
    hand.complete("held")
    scene.run("contained")
    hand.decide("contained", "residue")
    hand.complete("contained")


def _name(target: str) -> str:
    return target.rpartition("/")[2]


def reporting(scene: Scene) -> None:
    from trailtui.report.verify import verify_bundle

    hand = scene.hand
    assert scene.due() == "report"
    hand.note("report", "left to do: prod/database is changed at its source, by Ann")
    report = scene.run("report")
    text = Path(report.parts[0].files[0].path).read_text()
    for credential in scene.incident.attacker_credentials.values():
        assert credential in text
    hand.complete("report")
    bundle = scene.run("bundle")
    hand.complete("bundle")
    [file] = bundle.parts[0].files
    assert verify_bundle(Path(file.path)).ok
