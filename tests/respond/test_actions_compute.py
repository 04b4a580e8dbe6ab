"""What the actions on functions do beyond the rules that hold for every action."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.respond.arranged_compute import changed_code, code, make_function, make_layer
from tests.respond.arranged_ec2 import root
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.model.errors import TrailtuiError
from trailtui.respond.action import AlreadyDone, Refusal
from trailtui.respond.run import apply, make_plan, undo
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.problems import ServiceError

NoWait = Callable[[float], None]


@pytest.fixture
def read_logs(account: SimulatedAccount, armed_case: Case, tmp_path: Path) -> Callable[[], None]:
    """Puts what was recorded so far into the case."""

    def read() -> None:
        account.deliver(tmp_path / "logs")
        collect_files(armed_case, [str(tmp_path / "logs")], workers=1)

    return read


def configuration(account: SimulatedAccount, name: str) -> dict[str, Any]:
    told: dict[str, Any] = root(account, "lambda").get_function_configuration(FunctionName=name)
    return told


def test_a_stopped_function_begins_no_session_of_its_role(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    name = make_function(account)
    account.entrances.function_session(name)
    plan = make_plan(armed_case, aws, "stop-function", name)
    assert any("revoke the sessions" in line.casefold() for line in plan_notes(plan.action))
    assert apply(armed_case, aws, plan.hash, name, sleep=no_wait).is_good
    with pytest.raises(ServiceError, match="Rate Exceeded"):
        account.entrances.function_session(name)


def plan_notes(action: str) -> tuple[str, ...]:
    from trailtui.respond.registry import find_action

    return find_action(action).does_not_stop


def test_a_function_is_found_by_the_arn_of_one_of_its_versions(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    name = make_function(account)
    arn = configuration(account, name)["FunctionArn"]
    plan = make_plan(case, aws, "stop-function", f"{arn}:$LATEST")
    assert (plan.subject.id, plan.subject.arn) == (name, arn)


@pytest.mark.parametrize(
    "target",
    [
        "arn:aws:lambda:us-east-1:999988887777:function:job",
        "arn:aws:lambda:evil.example.com/:111122223333:function:job",
        "no such",
        "nothing-of-that-name",
    ],
)
@pytest.mark.parametrize("action", ["stop-function", "remove-function-permission"])
def test_what_is_no_function_of_this_account(
    case: Case, aws: AwsSession, action: str, target: str
) -> None:
    with pytest.raises(Refusal):
        make_plan(case, aws, action, target)


def test_a_namesake_in_another_region_is_not_mistaken(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    name = make_function(account)
    with pytest.raises(Refusal, match="looked in eu-west-1"):
        make_plan(case, aws, "stop-function", name, {"region": "eu-west-1"})


def test_the_attacker_s_layer_goes_and_the_order_of_the_others_stays(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    layers = [make_layer(account, word) for word in ("first", "odd", "last")]
    name = make_function(account, Layers=layers)
    given = {"layer": layers[1]}
    plan = make_plan(armed_case, aws, "remove-function-layers", name, given)
    assert apply(armed_case, aws, plan.hash, name, sleep=no_wait).is_good
    found = [one["Arn"] for one in configuration(account, name)["Layers"]]
    assert found == [layers[0], layers[2]]
    back = undo(armed_case, aws, 1)
    assert apply(armed_case, aws, back.hash, name, sleep=no_wait).is_good
    assert [one["Arn"] for one in configuration(account, name)["Layers"]] == layers


def test_layers_from_before_the_last_change_in_the_case(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    read_logs: Callable[[], None],
) -> None:
    good, bad = make_layer(account, "good"), make_layer(account, "bad")
    name = make_function(account, Layers=[good])
    account.clock.advance(1)  # records have whole seconds
    root(account, "lambda").update_function_configuration(FunctionName=name, Layers=[bad])
    with pytest.raises(Refusal, match="no event that tells"):
        make_plan(armed_case, aws, "restore-function-layers", name)
    read_logs()
    plan = make_plan(armed_case, aws, "restore-function-layers", name)
    assert apply(armed_case, aws, plan.hash, name, sleep=no_wait).is_good
    assert [one["Arn"] for one in configuration(account, name)["Layers"]] == [good]


def test_the_code_that_stood_is_kept_as_a_version(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    arranged = changed_code(account)
    name, evil = arranged.target, configuration(account, arranged.target)["CodeSha256"]
    plan = make_plan(armed_case, aws, "restore-function-code", name, arranged.parameters)
    assert apply(armed_case, aws, plan.hash, name, sleep=no_wait).is_good
    listed = root(account, "lambda").list_versions_by_function(FunctionName=name)["Versions"]
    hashes = {one["Version"]: one["CodeSha256"] for one in listed}
    assert hashes == {"$LATEST": hashes["1"], "1": hashes["1"], "2": evil}


def test_an_object_that_is_not_the_version_s_code_does_not_hold(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    arranged = changed_code(account)
    place = arranged.parameters
    root(account, "s3").put_object(Bucket=place["s3-bucket"], Key="good.zip", Body=code("planted"))
    plan = make_plan(armed_case, aws, "restore-function-code", arranged.target, place)
    outcome = apply(armed_case, aws, plan.hash, arranged.target, sleep=no_wait)
    assert (outcome.state, "code is" in outcome.says) == ("not-holding", True), outcome.says


def test_code_without_a_known_hash_is_what_aws_says_it_became(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    arranged = changed_code(account)
    place = {key: value for key, value in arranged.parameters.items() if key != "version"}
    plan = make_plan(armed_case, aws, "restore-function-code", arranged.target, place)
    assert apply(armed_case, aws, plan.hash, arranged.target, sleep=no_wait).is_good


def test_the_place_of_the_former_code_comes_from_the_case(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    read_logs: Callable[[], None],
) -> None:
    arranged = changed_code(account)
    name, functions = arranged.target, root(account, "lambda")
    place = {"S3Bucket": arranged.parameters["s3-bucket"], "S3Key": "good.zip"}
    good = functions.update_function_code(FunctionName=name, **place)["CodeSha256"]
    account.clock.advance(1)
    functions.update_function_code(FunctionName=name, ZipFile=code("bad"))
    with pytest.raises(Refusal, match="no event that tells where"):
        make_plan(armed_case, aws, "restore-function-code", name)
    read_logs()
    plan = make_plan(armed_case, aws, "restore-function-code", name)
    assert (plan.parameters["s3-key"], plan.parameters["sha256"]) == ("good.zip", good)
    assert apply(armed_case, aws, plan.hash, name, sleep=no_wait).is_good
    assert configuration(account, name)["CodeSha256"] == good


def test_the_permission_that_the_case_saw_added(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, read_logs: Callable[[], None]
) -> None:
    name, functions = make_function(account), root(account, "lambda")
    given = {"Action": "lambda:InvokeFunction", "FunctionName": name}
    functions.add_permission(StatementId="odd", Principal="999999999999", **given)
    with pytest.raises(Refusal, match="not clear which statement is meant; there are: odd"):
        make_plan(armed_case, aws, "remove-function-permission", name)
    read_logs()
    plan = make_plan(armed_case, aws, "remove-function-permission", name)
    assert plan.subject.id == f"{name}/odd"
    assert any(fact.label == "changed" for fact in plan.facts)
    functions.remove_permission(FunctionName=name, StatementId="odd")
    with pytest.raises(AlreadyDone):
        make_plan(armed_case, aws, "remove-function-permission", name)


STATEMENTS = [
    {"Principal": {"Service": "s3.amazonaws.com"}},
    {"Principal": {"AWS": "arn:aws:iam::999999999999:root"}},
    {
        "Principal": "*",
        "Action": "lambda:InvokeFunctionUrl",
        "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
    },
    {
        "Principal": {"Service": "events.amazonaws.com"},
        "Condition": {
            "ArnLike": {"AWS:SourceArn": "arn:aws:events:us-east-1:111122223333:rule/x"},
            "StringEquals": {"AWS:SourceAccount": "111122223333", "aws:PrincipalOrgID": "o-1"},
        },
    },
]
BASE = {"Sid": "odd", "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "arn"}


@pytest.mark.parametrize("told", STATEMENTS)
def test_a_statement_is_put_back_by_the_parameters_that_made_it(told: dict[str, Any]) -> None:
    change = removal({**BASE, **told})
    assert change.calls[0].parameters == {"FunctionName": "job", "StatementId": "odd"}
    back = restored({**BASE, **told})
    assert {"StatementId", "Action", "Principal", "FunctionName"} <= set(back)
    conditions = told.get("Condition", {})
    values = {value for keys in conditions.values() for value in keys.values()}
    assert values <= set(back.values())


@pytest.mark.parametrize(
    "told",
    [
        {"Principal": {"AWS": ["111111111111", "222222222222"]}},
        {"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
        {"Principal": "*", "Effect": "Deny"},
        {"Principal": "*", "Condition": {"StringEquals": {"aws:SourceAccount": ["1", "2"]}}},
    ],
)
def test_a_statement_that_could_not_be_put_back_is_not_taken_away(told: dict[str, Any]) -> None:
    with pytest.raises(TrailtuiError, match="could not be put back"):
        removal({**BASE, **told})


def removal(statement: dict[str, Any]) -> Any:
    from trailtui.respond.registry import find_action

    return find_action("remove-function-permission").change(subject(), {"statement": statement}, {})


def restored(statement: dict[str, Any]) -> dict[str, Any]:
    from trailtui.respond.registry import find_action

    prior = {"statement": statement}
    change = find_action("remove-function-permission").restore(
        subject(), prior, {"statement": None}
    )
    return dict(json.loads(json.dumps(change.calls[0].as_json()))["parameters"])


def subject() -> Any:
    from trailtui.respond.action import Subject

    arn = "arn:aws:lambda:us-east-1:111122223333:function:job"
    return Subject("function-permission", "job/odd", arn, "111122223333", "job", "us-east-1")


@pytest.mark.parametrize("target", ["nonsense", "12345678-1234-1234-1234-123456789012"])
def test_what_is_no_event_source(case: Case, aws: AwsSession, target: str) -> None:
    with pytest.raises(Refusal):
        make_plan(case, aws, "disable-event-source", target)
