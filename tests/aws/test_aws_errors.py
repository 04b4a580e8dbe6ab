import pytest
from botocore import exceptions as raised

from trailtui.aws import errors, failures, refusals
from trailtui.aws.calls import ApiCall

UPDATE = ApiCall("iam", "UpdateAccessKey", {})
READ = ApiCall("iam", "GetUser", {})


def answer(code: str, status: int, message: str = "") -> dict[str, object]:
    return {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "r-1"},
    }


@pytest.mark.parametrize(
    ("code", "status", "kind", "carried_out"),
    [
        ("AccessDenied", 403, errors.AccessDenied, False),
        ("AccessDeniedException", 400, errors.AccessDenied, False),
        ("UnauthorizedOperation", 403, errors.AccessDenied, False),
        ("ExpiredToken", 403, errors.CredentialsExpired, False),
        ("ExpiredTokenException", 400, errors.CredentialsExpired, False),
        ("InvalidClientTokenId", 403, errors.CredentialsRefused, False),
        ("SignatureDoesNotMatch", 403, errors.CredentialsRefused, False),
        ("Throttling", 400, errors.Throttled, False),
        ("SlowDown", 503, errors.Throttled, False),
        ("Whatever", 429, errors.Throttled, False),
        ("NoSuchEntity", 404, errors.NotFound, False),
        ("LimitExceeded", 409, errors.Refused, False),
        ("NotImplemented", 501, errors.Refused, False),
        ("InternalFailure", 500, errors.AnswerLost, None),
        ("ServiceUnavailable", 503, errors.AnswerLost, None),
        ("", 502, errors.AnswerLost, None),
    ],
)
def test_an_error_answer_of_a_changing_call(
    code: str, status: int, kind: type[errors.CallError], carried_out: bool | None
) -> None:
    error = refusals.from_response(answer(code, status, "words"), UPDATE)
    assert type(error) is kind
    assert (error.code, error.status, error.request_id) == (code, status, "r-1")
    assert error.carried_out is carried_out
    assert error.exit_code == 4


@pytest.mark.parametrize(
    ("failure", "kind", "carried_out"),
    [
        (raised.NoCredentialsError(), errors.NoCredentials, False),
        (raised.EndpointConnectionError(endpoint_url="x"), errors.NotReachable, False),
        (raised.ConnectTimeoutError(endpoint_url="x"), errors.NotReachable, False),
        (raised.ProxyConnectionError(proxy_url="x"), errors.NotReachable, False),
        (raised.UnauthorizedSSOTokenError(), errors.CredentialsExpired, False),
        (raised.ParamValidationError(report="bad"), errors.Refused, False),
        (raised.ReadTimeoutError(endpoint_url="x"), errors.AnswerLost, None),
        (raised.ConnectionClosedError(endpoint_url="x"), errors.AnswerLost, None),
        (raised.HTTPClientError(error=OSError()), errors.AnswerLost, None),
        (raised.SSLError(endpoint_url="x", error=OSError()), errors.AnswerLost, None),
        (OSError("reset"), errors.AnswerLost, None),
        (RuntimeError("never thought of"), errors.AnswerLost, None),
    ],
)
def test_a_failure_on_the_way(
    failure: Exception, kind: type[errors.CallError], carried_out: bool | None
) -> None:
    error = failures.from_exception(failure, UPDATE)
    assert type(error) is kind
    assert error.carried_out is carried_out


def test_a_reading_call_without_an_answer_changed_nothing() -> None:
    error = refusals.from_response(answer("InternalFailure", 500), READ)
    assert error.carried_out is False
    assert "Nothing was changed" in str(error)


def test_a_denial_names_permission_and_resource() -> None:
    message = (
        "User: arn:aws:iam::111122223333:user/x is not authorized to perform: "
        "iam:PutUserPolicy on resource: user bob because no identity-based policy allows it"
    )
    error = refusals.from_response(answer("AccessDenied", 403, message), UPDATE)
    assert isinstance(error, errors.AccessDenied)
    assert (error.permission, error.resource) == ("iam:PutUserPolicy", "user bob")
    assert "needs iam:PutUserPolicy" in error.cure


def test_an_explicit_deny_is_told_apart() -> None:
    message = (
        "User: u is not authorized to perform: iam:GetUser on resource: arn:aws:iam::1:user/a "
        "with an explicit deny in a service control policy"
    )
    error = refusals.from_response(answer("AccessDenied", 403, message), UPDATE)
    assert "explicit deny" in error.what
    assert "SCP" in error.cure


def test_a_denial_without_words_names_the_call() -> None:
    error = refusals.from_response(answer("AccessDenied", 403), UPDATE)
    assert isinstance(error, errors.AccessDenied)
    assert error.permission == "iam:UpdateAccessKey"


def test_a_session_that_is_too_long_for_its_role() -> None:
    from tests.aws.canned import XML, refused
    from tests.aws.test_answers_of_aws import sts_error
    from trailtui.aws.roles import RoleRequest

    words = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    error = refused(
        lambda s: s.assume(RoleRequest("arn:aws:iam::444455556666:role/ir", "jane")),
        400,
        sts_error("ValidationError", words),
        XML,
    )
    assert "--session-seconds" in error.cure
