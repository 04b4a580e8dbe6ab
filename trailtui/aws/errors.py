"""The kinds of failure that a call to AWS can end in; `refusals` and `failures` tell which.

`carried_out` is what an action needs to know of a call that failed: False where AWS certainly did
not carry it out, None where nobody can tell, so that the state has to be read back.
"""

from trailtui.model.errors import AwsError


class CallError(AwsError):
    """A call to AWS that gave no usable answer."""

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        cure: str = "",
        code: str = "",
        status: int | None = None,
        request_id: str = "",
        carried_out: bool | None = False,
    ) -> None:
        super().__init__(what, where=where, cure=cure)
        self.code = code
        """AWS's error code, or the name of what went wrong on the way."""
        self.status = status
        self.request_id = request_id
        self.carried_out = carried_out


class AccessDenied(CallError):
    """The identity may not make the call."""

    permission = ""
    resource = ""


class RegionDisabled(AccessDenied):
    """The account has not enabled the Region, so that nothing of it can be asked there."""


class CredentialsExpired(CallError):
    """The session's time is over."""


class NoCredentials(CallError):
    """There is nothing to sign a call with."""


class CredentialsRefused(CallError):
    """AWS does not know the credentials, or they are inactive, or the secret is wrong."""


class ClockWrong(CredentialsRefused):
    """This host's clock is so far off that AWS refuses what it signs."""


class WrongAccount(CallError):
    """The credentials are good, and of another account than the one that was meant."""


class Throttled(CallError):
    """AWS asks to come back later."""


class NotReachable(CallError):
    """No connection came about."""


class NotFound(CallError):
    """What the call is about does not exist."""


class Refused(CallError):
    """AWS refused the call for another reason; `code` says which."""


class KeyUnusable(Refused):
    """The KMS key that something is encrypted under can't be used: disabled, deleted, foreign."""


class AnswerLost(CallError):
    """The call went out and no usable answer came back: it may have been carried out."""


class TooLarge(CallError):
    """What would come is more than one file of a case may be."""


class ReadOnlySession(CallError):
    """A call that changes something was asked of a session that may only read."""
