"""Error answers as AWS words them, read by botocore's own parsers: each cause, each cure."""

from typing import Any

import pytest

from tests.aws.canned import JSON, XML, Canned, refused
from trailtui.aws import errors
from trailtui.aws.calls import ApiCall
from trailtui.aws.clients import PACED_ATTEMPTS, READ_ATTEMPTS
from trailtui.aws.session import AwsSession


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.retries.standard.time.sleep", lambda _seconds: None)
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **__: True)


def look_up(session: AwsSession) -> object:
    return session.read("cloudtrail", "LookupEvents")


def describe(session: AwsSession) -> object:
    return session.read("ec2", "DescribeRegions")


def who(session: AwsSession) -> object:
    return session.identity()


def get_object(session: AwsSession) -> object:
    return session.download("logs", "AWSLogs/1/a.json.gz")


def list_objects(session: AwsSession) -> object:
    return session.read("s3", "ListObjectsV2", Bucket="logs", Prefix="AWSLogs/")


def json_error(code: str, message: str) -> str:
    return f'{{"__type":"{code}","message":"{message}"}}'


def sts_error(code: str, message: str) -> str:
    return (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
        f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        "<RequestId>4f5e7b1a-0000-4000-8000-000000000000</RequestId></ErrorResponse>"
    )


def ec2_error(code: str, message: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>{code}</Code>'
        f"<Message>{message}</Message></Error></Errors><RequestID>r-1</RequestID></Response>"
    )


def s3_error(code: str, message: str, more: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code>'
        f"<Message>{message}</Message>{more}<RequestId>r</RequestId><HostId>h</HostId></Error>"
    )


def test_a_missing_permission_is_named() -> None:
    words = (
        "User: arn:aws:sts::111122223333:assumed-role/ir/jane is not authorized to perform: "
        "cloudtrail:LookupEvents because no identity-based policy allows the "
        "cloudtrail:LookupEvents action"
    )
    error = refused(look_up, 400, json_error("AccessDeniedException", words))
    assert type(error) is errors.AccessDenied
    assert error.permission == "cloudtrail:LookupEvents"
    assert error.what == "AWS denied cloudtrail:LookupEvents"
    assert "docs/permissions.md" in error.cure


def test_a_deny_names_the_kind_of_policy() -> None:
    words = (
        "User: arn:aws:iam::111122223333:user/jane is not authorized to perform: "
        "cloudtrail:LookupEvents with an explicit deny in a service control policy"
    )
    error = refused(look_up, 400, json_error("AccessDeniedException", words))
    assert error.what.endswith("by an explicit deny in a service control policy")
    assert "another identity" in error.cure


def test_ec2_puts_a_sentence_before_it() -> None:
    words = (
        "You are not authorized to perform this operation. User: arn:aws:iam::1:user/jane is not "
        "authorized to perform: ec2:DescribeRegions because no identity-based policy allows the "
        "ec2:DescribeRegions action"
    )
    error = refused(describe, 403, ec2_error("UnauthorizedOperation", words), XML)
    assert (type(error), error.permission) == (errors.AccessDenied, "ec2:DescribeRegions")


def test_organizations_names_nothing() -> None:
    body = json_error(
        "AccessDeniedException", "You don't have permissions to access this resource."
    )
    error = refused(lambda s: s.read("organizations", "ListAccounts"), 400, body)
    assert (type(error), error.permission) == (errors.AccessDenied, "organizations:ListAccounts")
    body = json_error("AWSOrganizationsNotInUseException", "Your account is not a member of one.")
    error = refused(lambda s: s.read("organizations", "ListAccounts"), 400, body)
    assert (type(error), "--account" in error.cure) == (errors.Refused, True)


def test_a_role_that_cannot_be_assumed() -> None:
    from trailtui.aws.roles import RoleRequest

    arn = "arn:aws:iam::444455556666:role/ir"
    words = (
        f"User: arn:aws:iam::111122223333:user/jane is not authorized to perform: sts:AssumeRole "
        f"on resource: {arn}"
    )
    error = refused(
        lambda s: s.assume(RoleRequest(arn, "jane")), 403, sts_error("AccessDenied", words), XML
    )
    assert (error.permission, error.resource) == ("sts:AssumeRole", arn)
    assert "--external-id" in error.cure


def test_a_wrong_mfa_code() -> None:
    words = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
    error = refused(
        lambda s: s.with_mfa("arn:aws:iam::1:mfa/x", "000000", 900),
        403,
        sts_error("AccessDenied", words),
        XML,
    )
    assert "wait for the next one" in error.cure
    words = "Cannot call GetSessionToken with session credentials"
    error = refused(
        lambda s: s.with_mfa("arn:aws:iam::1:mfa/x", "000000", 900),
        403,
        sts_error("AccessDenied", words),
        XML,
    )
    assert "--mfa-serial" in error.cure


@pytest.mark.parametrize(
    ("call", "body", "kind"),
    [
        (look_up, json_error("ExpiredTokenException", "The security token is expired"), JSON),
        (who, sts_error("ExpiredToken", "The security token is expired"), XML),
        (describe, ec2_error("RequestExpired", "Request has expired."), XML),
        (get_object, s3_error("ExpiredToken", "The provided token has expired."), XML),
    ],
)
def test_a_session_that_is_over(call: Any, body: str, kind: str) -> None:
    error = refused(call, 400, body, kind)
    assert type(error) is errors.CredentialsExpired
    assert "Sign in again" in error.cure


LATE = "Signature expired: 20151221T200419Z is now earlier than 20151221T201450Z"
EARLY = (
    "Signature not yet current: 20201002T065532Z is still later than 20201002T062118Z "
    "(20201002T061618Z + 5 min.)"
)
SKEWED = s3_error(
    "RequestTimeTooSkewed",
    "The difference between the request time and the current time is too large.",
    "<RequestTime>20150604T232559Z</RequestTime><ServerTime>2015-06-04T22:26:16Z</ServerTime>"
    "<MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>",
)


@pytest.mark.parametrize(
    ("call", "status", "body", "kind", "ahead"),
    [
        (look_up, 400, json_error("InvalidSignatureException", EARLY), JSON, -2400),
        (look_up, 400, json_error("InvalidSignatureException", LATE), JSON, 900),
        (who, 403, sts_error("SignatureDoesNotMatch", EARLY), XML, -2400),
        (get_object, 403, SKEWED, XML, -3600),
        (describe, 400, ec2_error("RequestExpired", "Request has expired."), XML, 1200),
        (describe, 401, ec2_error("AuthFailure", "AWS was not able to validate"), XML, 1200),
    ],
)
def test_a_clock_that_is_wrong(call: Any, status: int, body: str, kind: str, ahead: float) -> None:
    error = refused(call, status, body, kind, ahead_seconds=ahead)
    assert type(error) is errors.ClockWrong
    assert isinstance(error, errors.CredentialsRefused), "nothing else would work either"
    assert ("behind AWS's" if ahead > 0 else "ahead of AWS's") in error.what
    assert "timedatectl" in error.cure
    off = int(error.what.split("it is ")[1].split(" s ")[0].replace(",", ""))
    assert abs(off - abs(ahead)) <= 30


@pytest.mark.parametrize(
    ("call", "status", "body", "kind"),
    [
        (
            look_up,
            400,
            json_error("UnrecognizedClientException", "The security token included is invalid."),
            JSON,
        ),
        (who, 403, sts_error("InvalidClientTokenId", "The security token is invalid."), XML),
        (describe, 401, ec2_error("AuthFailure", "AWS was not able to validate"), XML),
        (get_object, 403, s3_error("InvalidAccessKeyId", "The key does not exist."), XML),
    ],
)
def test_credentials_that_are_not_known(call: Any, status: int, body: str, kind: str) -> None:
    """Nobody accepted them before, so it is not the Region's fault."""
    error = refused(call, status, body, kind)
    assert type(error) is errors.CredentialsRefused


@pytest.mark.parametrize(
    ("call", "status", "body", "kind"),
    [
        (
            look_up,
            400,
            json_error("UnrecognizedClientException", "The security token included is invalid."),
            JSON,
        ),
        (describe, 401, ec2_error("AuthFailure", "AWS was not able to validate"), XML),
        (who, 403, sts_error("InvalidClientTokenId", "The security token is invalid."), XML),
    ],
)
def test_a_region_that_is_not_enabled(call: Any, status: int, body: str, kind: str) -> None:
    canned = Canned().add(200, '{"trailList":[]}').add(status, body, kind)
    canned.session.read("cloudtrail", "DescribeTrails")
    with pytest.raises(errors.RegionDisabled, match="me-south-1") as off:
        call(canned.session.in_region("me-south-1"))
    assert "aws account list-regions" in off.value.cure
    assert "AWS_STS_REGIONAL_ENDPOINTS" in off.value.cure
    assert off.value.permission


def test_a_service_that_is_not_subscribed_to() -> None:
    body = ec2_error("OptInRequired", "You are not subscribed to this service.")
    assert type(refused(describe, 401, body, XML)) is errors.RegionDisabled


def test_s3_denies_without_a_word() -> None:
    body = s3_error("AccessDenied", "Access Denied")
    error = refused(get_object, 403, body, XML)
    assert (error.permission, error.resource) == ("s3:GetObject", "s3://logs/AWSLogs/1/a.json.gz")
    assert "--requester-pays" in error.cure
    error = refused(list_objects, 403, body, XML)
    assert (error.permission, error.resource) == ("s3:ListBucket", "s3://logs/AWSLogs/")
    paying = refused(lambda s: s.download("logs", "k", RequestPayer="requester"), 403, body, XML)
    assert "requester" not in paying.cure


def test_an_object_whose_key_may_not_be_used() -> None:
    words = (
        "User: arn:aws:iam::111122223333:user/jane is not authorized to perform: kms:Decrypt on "
        "resource: arn:aws:kms:us-east-1:444455556666:key/5e because no resource-based policy "
        "allows the kms:Decrypt action"
    )
    error = refused(get_object, 403, s3_error("AccessDenied", words), XML)
    assert (type(error), error.permission) == (errors.AccessDenied, "kms:Decrypt")
    assert error.resource == "arn:aws:kms:us-east-1:444455556666:key/5e"
    assert "encrypted" in error.cure
    assert "by the key's" in error.cure


@pytest.mark.parametrize(
    ("code", "message", "cure"),
    [
        ("KMS.DisabledException", "arn:aws:kms:us-east-1:1:key/5e is disabled.", "enabled again"),
        ("KMS.NotFoundException", "Key 'arn:aws:kms:us-east-1:1:key/5e' does not exist", "deleted"),
        ("KMS.KMSInvalidStateException", "key/5e is pending deletion.", "waits to be deleted"),
        ("KMS.SomethingNew", "no", "describe-key"),
        (
            "AccessDenied",
            "The ciphertext refers to a customer master key that does not exist, does not exist "
            "in this region, or you are not allowed to access.",
            "describe-key",
        ),
    ],
)
def test_a_key_that_cannot_be_used(code: str, message: str, cure: str) -> None:
    error = refused(get_object, 400, s3_error(code, message), XML)
    assert type(error) is errors.KeyUnusable
    assert message.rstrip(".") in error.what
    assert cure in error.cure


def test_an_archived_object_and_things_that_are_not_there() -> None:
    body = s3_error("InvalidObjectState", "The operation is not valid for the storage class")
    error = refused(get_object, 403, body, XML)
    assert (type(error), "restore" in error.cure) == (errors.Refused, True)
    body = s3_error("NoSuchBucket", "The specified bucket does not exist")
    assert type(refused(get_object, 404, body, XML)) is errors.NotFound
    body = json_error("EventDataStoreNotFoundException", "The event data store was not found.")
    error = refused(
        lambda s: s.read("cloudtrail", "GetEventDataStore", EventDataStore="0af4"), 400, body
    )
    assert type(error) is errors.NotFound


def test_a_bucket_in_another_region_is_followed() -> None:
    """The first answer says where it is; the bytes come from there."""
    canned = Canned()
    moved = s3_error(
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint.",
        "<Endpoint>logs.s3.eu-west-1.amazonaws.com</Endpoint><Bucket>logs</Bucket>",
    )
    canned.add(301, moved, XML, x_amz_bucket_region="eu-west-1")
    canned.add(200, b"bytes", "binary/octet-stream", etag='"e"')
    data, told = canned.session.download("logs", "k", RequestPayer="requester")
    assert data == b"bytes"
    assert (told["ETag"], told["size"]) == ('"e"', 5)
    first, second = canned.requests
    assert ".eu-west-1." not in first.url
    assert second.url == "https://logs.s3.eu-west-1.amazonaws.com/k"
    for request in canned.requests:
        assert request.headers["x-amz-request-payer"] in (b"requester", "requester")


def test_bytes_that_are_not_those_of_the_checksum_are_refused() -> None:
    canned = Canned().add(
        200, b"other", "binary/octet-stream", x_amz_checksum_crc32="AAAAAA==", etag='"e"'
    )
    with pytest.raises(errors.AnswerLost, match="FlexibleChecksumError"):
        canned.session.download("logs", "k")
    assert len(canned.requests) == 3


def test_an_answer_that_is_no_answer() -> None:
    error = refused(look_up, 502, "<html>Bad Gateway</html>", "text/html")
    assert isinstance(error, errors.AnswerLost)


PAGE = b'{"Events":[{"EventId":"1"}],"NextToken":"t"}'


def test_a_page_that_broke_off_is_asked_for_again() -> None:
    canned = Canned().add(200, PAGE[:20], content_length=str(len(PAGE))).add(200, PAGE)
    answer = canned.session.read("cloudtrail", "LookupEvents")
    assert (answer.body, answer.values["NextToken"]) == (PAGE, "t")
    assert len(canned.requests) == 2


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (PAGE[:20], {"content_length": str(len(PAGE))}),
        (PAGE[:20], {}),
        (b"<html>Please sign in to the network</html>", {"content_type": "text/html"}),
    ],
)
def test_a_page_that_never_comes_whole_is_no_empty_page(body: bytes, headers: Any) -> None:
    canned = Canned().add(200, body, **headers)
    with pytest.raises(errors.AnswerLost, match="IncompleteReadError"):
        canned.session.read("cloudtrail", "LookupEvents")
    assert len(canned.requests) == PACED_ATTEMPTS


LISTING = b"<ListBucketResult><Name>logs</Name><IsTruncated>false</IsTruncated></ListBucketResult>"


def test_a_listing_that_broke_off_is_asked_for_again() -> None:
    canned = Canned()
    canned.add(200, LISTING[:40], XML, content_length=str(len(LISTING)))
    canned.add(200, LISTING[:40], XML, content_length=str(len(LISTING))).add(200, LISTING, XML)
    answer = canned.session.read("s3", "ListObjectsV2", Bucket="logs")
    assert (answer.body, answer.values["IsTruncated"]) == (LISTING, False)
    never = Canned().add(200, LISTING[:40], XML, content_length=str(len(LISTING)))
    with pytest.raises(errors.AnswerLost):
        never.session.read("s3", "ListObjectsV2", Bucket="logs")
    assert len(never.requests) == READ_ATTEMPTS
    change = ApiCall("iam", "CreateUser", {"UserName": "u"})
    once = Canned().add(200, b"<CreateUserResponse><Cre", XML)
    with pytest.raises(errors.AnswerLost):
        once.session.armed().mutate(change, action_id=1)
    assert len(once.requests) == 1


def test_a_change_whose_answer_broke_off_is_sent_once() -> None:
    canned = Canned().add(200, b"{}", content_length="400")
    with pytest.raises(errors.AnswerLost) as lost:
        canned.session.armed().mutate(
            ApiCall("cloudtrail", "StartLogging", {"Name": "trail"}), action_id=1
        )
    assert lost.value.carried_out is None
    assert len(canned.requests) == 1


def test_answers_without_a_body_are_whole() -> None:
    canned = Canned().add(200, b"", content_length="512")
    assert canned.session.read("s3", "HeadObject", Bucket="logs", Key="k").values["ContentLength"]
    assert Canned().add(200, b"").session.read("cloudtrail", "DescribeTrails").body == b""
