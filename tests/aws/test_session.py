"""The one door to AWS: reads only unless armed, changes sent once, failures told apart."""

import socket
import traceback
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from tests import reading_only
from tests.simulated import empty_account
from trailtui.aws import errors
from trailtui.aws.calls import ApiCall
from trailtui.aws.clients import READ_ATTEMPTS
from trailtui.aws.session import AwsSession
from trailtui.sim.account import SimulatedAccount

SECRET = "a-secret-that-nobody-may-see-in-clear-00"


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with empty_account() as started:
        yield started


@pytest.fixture
def aws(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsSession]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.root.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.root.secret)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    monkeypatch.setattr("botocore.retries.standard.time.sleep", lambda _seconds: None)
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **__: True)
    yield AwsSession.open(endpoint_url=account.endpoint, case_id="a case/7")
    account.faults.clear()


def create_user(name: str) -> ApiCall:
    return ApiCall("iam", "CreateUser", {"UserName": name})


def test_identity_region_and_partition(aws: AwsSession, account: SimulatedAccount) -> None:
    identity = aws.identity()
    assert (identity.account, identity.is_root) == (account.number, True)
    assert (aws.region, aws.partition) == ("us-east-1", "aws")


def test_a_fresh_session_changes_nothing(aws: AwsSession, account: SimulatedAccount) -> None:
    mark = len(account.calls)
    with pytest.raises(errors.ReadOnlySession, match="Arm the case"):
        aws.mutate(create_user("nobody"), action_id=1)
    with pytest.raises(errors.ReadOnlySession, match="no reading call"):
        aws.read("iam", "CreateUser", UserName="nobody")
    with pytest.raises(errors.ReadOnlySession):
        aws.armed().read("sts", "GetSessionToken")
    assert len(account.calls) == mark
    assert not aws.may_mutate


def test_an_armed_session_changes_and_says_for_which_action(
    aws: AwsSession, account: SimulatedAccount
) -> None:
    answer = aws.armed().mutate(create_user("made"), action_id=42)
    sent = account.calls.of("CreateUser")[-1]
    assert answer.request_id == sent.request_id
    assert answer.values["User"]["UserName"] == "made"
    assert "trailtui/" in sent.user_agent
    assert sent.user_agent.endswith("case/a-case-7 action/42")
    assert answer.command.endswith("iam create-user --user-name made")
    assert not aws.may_mutate


@pytest.mark.parametrize(
    ("fault", "kind", "carried_out"),
    [
        ("throttle", errors.Throttled, False),
        ("access_denied", errors.AccessDenied, False),
        ("error500_before", errors.AnswerLost, None),
        ("error500_after", errors.AnswerLost, None),
        ("drop_before", errors.AnswerLost, None),
        ("drop_after", errors.AnswerLost, None),
    ],
)
def test_a_changing_call_is_sent_once_whatever_happens(
    aws: AwsSession,
    account: SimulatedAccount,
    fault: str,
    kind: type[errors.CallError],
    carried_out: bool | None,
) -> None:
    account.faults.add("iam", "CreateUser", fault, times=3)
    mark = len(account.calls)
    with pytest.raises(kind) as failed:
        aws.armed().mutate(create_user(f"after-{fault.replace('_', '-')}"), action_id=1)
    assert failed.value.carried_out is carried_out
    assert len(account.calls.of("CreateUser", since=mark)) == 1


def test_a_changing_call_is_sent_once_even_where_the_user_set_retries(
    aws: AwsSession, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    eager = AwsSession.open(endpoint_url=account.endpoint).armed()
    account.faults.add("iam", "CreateUser", "error500_after", times=3)
    mark = len(account.calls)
    with pytest.raises(errors.AnswerLost):
        eager.mutate(create_user("eager"), action_id=1)
    assert len(account.calls.of("CreateUser", since=mark)) == 1


def test_a_reading_call_is_repeated(aws: AwsSession, account: SimulatedAccount) -> None:
    account.faults.add("iam", "ListUsers", "throttle", times=READ_ATTEMPTS - 1)
    assert "Users" in aws.read("iam", "ListUsers").values


def test_a_reading_call_gives_up_in_the_end(aws: AwsSession, account: SimulatedAccount) -> None:
    account.faults.add("iam", "ListUsers", "throttle", times=50)
    mark = len(account.calls)
    with pytest.raises(errors.Throttled):
        aws.read("iam", "ListUsers")
    assert len(account.calls.of("ListUsers", since=mark)) == READ_ATTEMPTS


def test_policy_documents_come_as_they_were_put(aws: AwsSession) -> None:
    from trailtui.respond.looking import document_text

    armed = aws.armed()
    armed.mutate(create_user("documented"), action_id=1)
    document = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
    )
    named = {"UserName": "documented", "PolicyName": "p"}
    armed.mutate(
        ApiCall("iam", "PutUserPolicy", {**named, "PolicyDocument": document}), action_id=1
    )
    got = aws.read("iam", "GetUserPolicy", **named).values["PolicyDocument"]
    assert document_text(got) == document


def test_what_is_not_there(aws: AwsSession) -> None:
    with pytest.raises(errors.NotFound):
        aws.read("iam", "GetUser", UserName="nobody-at-all")


def test_wrong_secret_and_no_secret_in_the_traceback(account: SimulatedAccount) -> None:
    boto = boto3.Session(account.root.id, SECRET, "token-" + SECRET, region_name="eu-west-1")
    wrong = AwsSession(boto, None, account.endpoint, None)
    with pytest.raises(errors.CredentialsRefused) as refused:
        wrong.identity()
    shown = traceback.TracebackException.from_exception(refused.value, capture_locals=True)
    assert SECRET not in "".join(shown.format())
    assert SECRET not in repr(vars(wrong))


def test_nobody_answers(account: SimulatedAccount) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    boto = boto3.Session(account.root.id, SECRET, region_name="us-east-1")
    lonely = AwsSession(boto, None, f"http://127.0.0.1:{port}", None).armed()
    with pytest.raises(errors.NotReachable) as failed:
        lonely.mutate(create_user("nobody"), action_id=1)
    assert failed.value.carried_out is False


def test_no_credentials_and_no_such_profile(account: SimulatedAccount) -> None:
    with pytest.raises(errors.NoCredentials, match="--profile"):
        AwsSession.open(endpoint_url=account.endpoint).identity()
    with pytest.raises(errors.NoCredentials, match="nowhere"):
        AwsSession.open(profile="nowhere")


def test_an_expired_session(account: SimulatedAccount) -> None:
    from tests.respond.scene import make_role, session_of

    session = session_of(account, make_role(account).credential)
    account.clock.advance(13 * 3600)
    try:
        with pytest.raises(errors.CredentialsExpired):
            session.read("iam", "ListUsers")
    finally:
        account.clock.advance(-13 * 3600)


def test_the_endpoint_can_come_from_the_environment(
    aws: AwsSession, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TRAILTUI_AWS_ENDPOINT", "AWS_ENDPOINT_URL"):
        with monkeypatch.context() as patched:
            patched.setenv(name, account.endpoint)
            assert AwsSession.open().identity().account == account.number


def test_own_keys_include_those_of_the_source_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile base]\naws_access_key_id = AKIABASE000000000000\n"
        f"aws_secret_access_key = {SECRET}\n"
        "[profile ir]\nsource_profile = base\naws_access_key_id = AKIADIRECT0000000000\n"
        f"aws_secret_access_key = {SECRET}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    session = AwsSession.open(profile="ir")
    assert session.own_key_ids() == {"AKIABASE000000000000", "AKIADIRECT0000000000"}
    assert session.command_options == ("--profile", "ir")


def test_a_clock_that_is_wrong_is_noticed(aws: AwsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.identity()
    assert aws.skew_ms == 0
    import trailtui.aws.session as module

    real = module.now_ms
    monkeypatch.setattr(module, "now_ms", lambda: real() - 3_600_000)
    aws.identity()
    assert abs(aws.skew_ms - 3_600_000) < 5_000
    assert abs(aws.now_ms() - real()) < 5_000


def test_a_change_outside_an_action_would_be_noticed_in_any_test(
    account: SimulatedAccount, aws: AwsSession
) -> None:
    """The watch over every call of every test (tests/reading_only.py) sees what it is there for."""
    aws.armed().mutate(create_user("asked"), action_id=3)
    assert reading_only.unbidden == []
    stray = boto3.client(
        "iam",
        region_name="us-east-1",
        endpoint_url=account.endpoint,
        config=Config(user_agent_extra="trailtui/0.1.0 case/seven"),
    )
    stray.create_user(UserName="stray")
    assert [one.partition(" as ")[0] for one in reading_only.unbidden] == ["iam:CreateUser"]
    reading_only.unbidden.clear()
