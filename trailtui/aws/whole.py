"""Whether an answer came whole.

botocore does not compare an answer's length with its Content-Length, and takes JSON that it can't
read for an answer without members: a page that broke off would pass for an empty one.
"""

from typing import Any

_PAUSE_SECONDS = 0.5


class WholeAnswers:
    """For botocore's `needs-retry`: asks again for what broke off, raises in the end.

    Args:
        attempts: how often a call is sent at most, the first time included.
    """

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts

    def __call__(self, response: Any, operation: Any, attempts: int, **_: object) -> float | None:  # noqa: ANN401
        """Seconds after which to ask again; None where the answer is whole, or there is none.

        Raises botocore's IncompleteReadError after the last attempt.
        """
        from botocore.exceptions import IncompleteReadError

        if response is None or operation.has_streaming_output or operation.has_event_stream_output:
            return None
        http = response[0]
        if http.status_code >= 300 or operation.http.get("method") == "HEAD":
            return None
        body: bytes = http.content
        expected = http.headers.get("content-length")
        if _is_whole(body, expected) and _is_readable(body, operation):
            return None
        if attempts >= self._attempts:
            raise IncompleteReadError(actual_bytes=len(body), expected_bytes=expected)
        return _PAUSE_SECONDS


def _is_whole(body: bytes, expected: str | None) -> bool:
    return expected is None or not expected.isdecimal() or int(expected) == len(body)


def _is_readable(body: bytes, operation: Any) -> bool:  # noqa: ANN401
    """A page of a proxy or a portal is no answer of AWS; XML is refused by botocore itself."""
    if operation.service_model.resolved_protocol not in ("json", "rest-json"):
        return True
    text = body.strip()
    return not text or text[:1] + text[-1:] == b"{}"
