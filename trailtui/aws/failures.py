"""What botocore raises when a call fails, on the way or at AWS, read into one of our errors."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import CallError, CredentialsExpired, NoCredentials, NotReachable, Refused
from trailtui.aws.refusals import from_response, lost

_UNRESOLVED = re.compile(
    r"gaierror|failed to resolve|name or service not known|nodename nor servname|"
    r"temporary failure in name resolution|no address associated",
    re.IGNORECASE,
)


def failures() -> tuple[type[Exception], ...]:
    """The exceptions that `from_exception` turns into one of ours."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    return (BotoCoreError, ClientError, ResponseParserError, OSError)


def bare(error: CallError) -> CallError:
    """An error without the frames and exceptions that it came through."""
    error.__traceback__ = error.__context__ = error.__cause__ = None
    return error


def from_exception(failure: Exception, call: ApiCall) -> CallError:
    """The error for what botocore raised while `call` was made.

    Unknown exceptions count as a lost answer: that never claims that nothing happened. Of
    botocore's own words only those are handed on that can't hold anything of a credential.
    """
    from botocore import exceptions as raised

    if isinstance(failure, raised.ClientError):
        return from_response(failure.response, call)
    if isinstance(failure, raised.ParamValidationError):
        return Refused(
            f"the call's parameters are not valid: {failure}", where=call.permission, code="Param"
        )
    for reading in (
        _about_signing_in,
        _about_credentials,
        _about_renewing,
        _about_the_network,
        _about_endpoints,
    ):
        if error := reading(failure, call.permission):
            return error
    name = type(failure).__name__
    told = {"where": call.permission, "code": name}
    return lost(f"no usable answer came back ({name})", call, told)


def _about_signing_in(failure: Exception, where: str) -> CallError | None:
    """Sessions that somebody has to sign in for: Identity Center (SSO) and `aws login`."""
    from botocore import exceptions as raised

    name = type(failure).__name__
    sso = "Sign in: aws sso login --profile NAME; then go on, nothing is lost."
    if isinstance(failure, raised.SSOTokenLoadError):
        what, cure = "nobody is signed in to Identity Center (SSO) on this host", sso
    elif isinstance(failure, raised.UnauthorizedSSOTokenError | raised.TokenRetrievalError):
        what, cure = "the sign-in to Identity Center (SSO) is over", sso
    elif isinstance(failure, getattr(raised, "LoginError", ())):
        what = "the sign-in of `aws login` is over, or not there"
        cure = "Sign in: aws login --profile NAME; then go on, nothing is lost."
    elif isinstance(failure, raised.SSOError):
        what, cure = "the sign-in to Identity Center (SSO) does not work", sso
    else:
        return None
    return CredentialsExpired(f"{what} ({name})", where=where, cure=cure, code=name)


def _about_credentials(failure: Exception, where: str) -> CallError | None:
    """Credentials that are not there, or that a profile says wrongly how to get."""
    from botocore import exceptions as raised

    if isinstance(failure, raised.ProfileNotFound):
        what, cure = str(failure), "List them: aws configure list-profiles."
    elif isinstance(failure, raised.NoCredentialsError):
        what = "there are no AWS credentials"
        cure = "Give --profile, set AWS_PROFILE, or sign in first."
    elif isinstance(failure, raised.PartialCredentialsError):
        what = f"the AWS credentials lack {failure.kwargs.get('cred_var', 'a part')}"
        cure = "Complete the profile or the environment variables."
    elif isinstance(
        failure,
        raised.ConfigParseError
        | raised.InvalidConfigError
        | raised.UnknownCredentialError
        | raised.MissingDependencyException,
    ):
        what = f"the AWS configuration can't be used: {failure}"
        cure = "Correct ~/.aws/config, or choose another profile."
    else:
        return None
    return NoCredentials(what, where=where, cure=cure, code=type(failure).__name__)


def _about_renewing(failure: Exception, where: str) -> CallError | None:
    """Credentials that a profile could not get again."""
    from botocore import exceptions as raised

    name = type(failure).__name__
    if isinstance(failure, raised.RefreshWithMFAUnsupportedError):
        what = "the profile's session is over, and a new one needs another MFA code"
        cure = "Run the same command again."
    elif isinstance(failure, raised.CredentialRetrievalError | raised.MetadataRetrievalError):
        # What a credential process or an endpoint printed is left out: it may hold secrets.
        source = failure.kwargs.get("provider", "the metadata endpoint")
        what = f"the credentials could not be had from {source} ({name})"
        cure = "Run the profile's command by hand, or sign in again."
    else:
        return None
    return CredentialsExpired(what, where=where, cure=cure, code=name)


def _about_the_network(failure: Exception, where: str) -> CallError | None:
    """No connection came about, so that nothing was sent."""
    from botocore import exceptions as raised

    told: dict[str, Any] = {"where": where, "code": type(failure).__name__}
    kwargs: Mapping[str, Any] = getattr(failure, "kwargs", {})
    reason = f"{type(kwargs.get('error')).__name__} {kwargs.get('error')}"
    if isinstance(failure, raised.ProxyConnectionError):
        asked = " and asks for a sign-in (407)" if "407" in reason else ""
        what = f"the proxy {_host(kwargs.get('proxy_url'))} does not let the call through{asked}"
        return NotReachable(what, cure="Check HTTPS_PROXY and NO_PROXY.", **told)
    if isinstance(failure, raised.InvalidProxiesConfigError):
        what = "the proxy's certificate settings can't be used"
        return NotReachable(what, cure="Check the proxy settings of ~/.aws/config.", **told)
    host = _host(kwargs.get("endpoint_url"))
    if isinstance(failure, raised.SSLError) and "CERTIFICATE_VERIFY_FAILED" in reason:
        what = f"the certificate of {host} is not trusted"
        cure = "Where a proxy looks into TLS, give its certificate: AWS_CA_BUNDLE=FILE."
        return NotReachable(what, cure=cure, **told)
    if isinstance(failure, raised.ConnectTimeoutError):
        what = f"{host} did not answer in time"
        cure = "Check the network, the firewall, and HTTPS_PROXY where a proxy is needed."
        return NotReachable(what, cure=cure, **told)
    if isinstance(failure, raised.EndpointConnectionError):
        if _UNRESOLVED.search(reason):
            what = f"the name {host} can't be resolved"
            cure = "Check the network and its name server, the Region's spelling, the VPN."
        else:
            what = f"{host} could not be reached ({_plain(reason)})"
            cure = "Check the network, the proxy and --endpoint-url."
        return NotReachable(what, cure=cure, **told)
    return None


def _about_endpoints(failure: Exception, where: str) -> CallError | None:
    """Calls for which botocore knows no address."""
    from botocore import exceptions as raised

    if not isinstance(
        failure,
        raised.BaseEndpointResolverError
        | raised.EndpointProviderError
        | raised.InvalidRegionError
        | raised.UnknownRegionError,
    ):
        return None
    name = type(failure).__name__
    cure = "Check the Region's spelling, and whether the service is there at all."
    return Refused(f"there is no such endpoint: {failure}", where=where, cure=cure, code=name)


def _host(url: object) -> str:
    """Only the host and port of a URL: the rest may hold a password or a signature."""
    try:
        parts = urlsplit(str(url or ""))
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or "AWS"
    except ValueError:
        return "AWS"


def _plain(reason: str) -> str:
    """Of a connection's failure the system's own words, such as `Connection refused`."""
    found = re.search(r"\[Errno -?\d+\] ([^')]+)", reason)
    return found[1].strip() if found else reason.split(" ", 1)[0]
