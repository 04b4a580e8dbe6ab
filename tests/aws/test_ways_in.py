"""Profiles, sign-ins, proxies and networks that do not work: each says what to do."""

import json
import socket
import threading
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions as raised

from trailtui.aws import errors, failures
from trailtui.aws.calls import ApiCall
from trailtui.aws.session import AwsSession

READ = ApiCall("cloudtrail", "LookupEvents")
SECRET = "marked-secret-that-nobody-may-see"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.retries.standard.time.sleep", lambda _seconds: None)
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **__: True)


@pytest.fixture
def configured(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Writes an AWS configuration and opens a session by its profile `ir`."""

    for holder in ("credentials.SSOProvider", "tokens.SSOTokenProvider"):
        cache_folder = str(home / ".aws" / "sso" / "cache")
        monkeypatch.setattr(f"botocore.{holder}._SSO_TOKEN_CACHE_DIR", cache_folder)

    def open_with(config: str, cache: dict[str, str] | None = None) -> AwsSession:
        (home / ".aws").mkdir(exist_ok=True)
        path = home / ".aws" / "config"
        path.write_text(config)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
        for name, content in (cache or {}).items():
            folder = home / ".aws" / "sso" / "cache"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{sha1(name.encode()).hexdigest()}.json").write_text(content)
        return AwsSession.open(profile="ir", region="us-east-1")

    return open_with


SSO_SESSION = (
    "[profile ir]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = ir\n"
    "[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.example/start\n"
)
SSO_LEGACY = (
    "[profile ir]\nsso_account_id = 111122223333\nsso_role_name = ir\nsso_region = us-east-1\n"
    "sso_start_url = https://corp.example/start\n"
)


def over(token: str = SECRET) -> str:
    return json.dumps(
        {
            "startUrl": "https://corp.example/start",
            "region": "us-east-1",
            "accessToken": token,
            "expiresAt": "2020-01-01T00:00:00Z",
        }
    )


@pytest.mark.parametrize("config", [SSO_SESSION, SSO_LEGACY])
def test_nobody_is_signed_in(configured: Any, config: str) -> None:
    with pytest.raises(errors.CredentialsExpired) as refused:
        configured(config).identity()
    assert "aws sso login" in refused.value.cure


@pytest.mark.parametrize(
    ("config", "name"), [(SSO_SESSION, "corp"), (SSO_LEGACY, "https://corp.example/start")]
)
def test_the_sign_in_is_over(configured: Any, config: str, name: str) -> None:
    with pytest.raises(errors.CredentialsExpired, match="is over") as refused:
        configured(config, {name: over()}).identity()
    assert "aws sso login" in refused.value.cure
    assert SECRET not in str(refused.value)


def test_a_credential_process_that_fails_prints_nothing_of_itself(configured: Any) -> None:
    session = configured(f"[profile ir]\ncredential_process = sh -c 'echo {SECRET} >&2; exit 1'\n")
    with pytest.raises(errors.CredentialsExpired, match="custom-process") as refused:
        session.identity()
    assert SECRET not in str(refused.value)


def test_a_profile_that_lacks_its_secret(configured: Any) -> None:
    session = configured("[profile ir]\naws_access_key_id = AKIAHALF000000000000\n")
    with pytest.raises(errors.NoCredentials, match="aws_secret_access_key"):
        session.identity()


def test_profiles_that_refer_to_each_other(configured: Any) -> None:
    role = "role_arn = arn:aws:iam::111122223333:role/x\n"
    session = configured(
        f"[profile ir]\nsource_profile = b\n{role}[profile b]\nsource_profile = ir\n{role}"
    )
    with pytest.raises(errors.NoCredentials, match="configuration"):
        session.identity()


def with_key(monkeypatch: pytest.MonkeyPatch) -> AwsSession:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANET0000000000000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    return AwsSession.open(region="eu-west-1")


def test_a_name_that_is_not_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    def unresolved(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unresolved)
    with pytest.raises(errors.NotReachable) as failed:
        with_key(monkeypatch).read("cloudtrail", "LookupEvents")
    assert failed.value.what == "the name cloudtrail.eu-west-1.amazonaws.com can't be resolved"
    assert "name server" in failed.value.cure


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("TRAILTUI_AWS_ENDPOINT", f"http://127.0.0.1:{port}")
    with pytest.raises(errors.NotReachable, match="Connection refused") as failed:
        with_key(monkeypatch).identity()
    assert f"127.0.0.1:{port}" in failed.value.what


@pytest.fixture
def refusing_proxy() -> Iterator[int]:
    """A proxy that wants a sign-in; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
                )

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_a_proxy_that_lets_nothing_through(
    refusing_proxy: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://jane:{SECRET}@127.0.0.1:{refusing_proxy}")
    with pytest.raises(errors.NotReachable) as failed:
        with_key(monkeypatch).read("cloudtrail", "LookupEvents")
    assert failed.value.what == (
        f"the proxy 127.0.0.1:{refusing_proxy} does not let the call through and asks for a "
        "sign-in (407)"
    )
    assert "HTTPS_PROXY" in failed.value.cure
    assert SECRET not in str(failed.value)


def test_a_region_that_is_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.Refused, match="no such endpoint"):
        with_key(monkeypatch).in_region("eu west").read("cloudtrail", "LookupEvents")


ENDPOINT = "https://user:marked-secret@cloudtrail.eu-west-1.amazonaws.com/?X-Amz-Signature=marked"


@pytest.mark.parametrize(
    ("failure", "kind", "says"),
    [
        (
            raised.SSLError(
                endpoint_url=ENDPOINT, error=OSError("CERTIFICATE_VERIFY_FAILED: self-signed")
            ),
            errors.NotReachable,
            "AWS_CA_BUNDLE",
        ),
        (raised.ConnectTimeoutError(endpoint_url=ENDPOINT), errors.NotReachable, "in time"),
        (
            raised.EndpointConnectionError(
                endpoint_url=ENDPOINT, error=OSError(101, "Network is unreachable")
            ),
            errors.NotReachable,
            "Network is unreachable",
        ),
        (
            raised.EndpointConnectionError(
                endpoint_url=ENDPOINT,
                error=OSError("<x>: Failed to resolve 'cloudtrail' ([Errno -3] Temporary failure"),
            ),
            errors.NotReachable,
            "can't be resolved",
        ),
        (raised.InvalidProxiesConfigError(), errors.NotReachable, "proxy"),
        (raised.ReadTimeoutError(endpoint_url=ENDPOINT), errors.AnswerLost, "no usable answer"),
        (raised.LoginRefreshRequired(), errors.CredentialsExpired, "aws login"),
        (raised.SSOTokenLoadError(error_msg="x"), errors.CredentialsExpired, "signed in"),
        (raised.RefreshWithMFAUnsupportedError(), errors.CredentialsExpired, "MFA"),
        (
            raised.CredentialRetrievalError(provider="login", error_msg=SECRET),
            errors.CredentialsExpired,
            "from login",
        ),
        (raised.MetadataRetrievalError(error_msg=SECRET), errors.CredentialsExpired, "metadata"),
        (raised.ConfigParseError(path="~/.aws/config"), errors.NoCredentials, "configuration"),
        (raised.NoRegionError(), errors.Refused, "Region"),
    ],
)
def test_what_botocore_raises(failure: Exception, kind: type, says: str) -> None:
    error = failures.from_exception(failure, READ)
    assert type(error) is kind
    assert says in str(error)
    assert "marked" not in str(error), "only the host of a URL is shown"
    assert error.where == "cloudtrail:LookupEvents"
    assert error.cure
