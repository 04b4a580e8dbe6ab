"""What can go wrong inside the simulated account, told apart from what AWS itself answers."""

from __future__ import annotations


class ServiceError(Exception):
    """An answer of AWS that is an error: becomes a ClientError in boto3.

    Args:
        code: AWS's error code, such as "AccessDenied".
        message: AWS's sentence.
        status: the HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class CannotDecideError(Exception):
    """The simulator does not know what AWS would do, and says so instead of guessing.

    It reaches the caller as HTTP 501 with this text, so a test that runs into it fails loudly.
    """
