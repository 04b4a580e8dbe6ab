"""Answers of AWS without AWS: the bytes go through botocore's own parsers."""

from collections.abc import Callable
from email.utils import formatdate
from io import BytesIO
from time import time
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse

from trailtui.aws.session import AwsSession

JSON = "application/x-amz-json-1.1"
XML = "text/xml"


class _Raw(BytesIO):
    """What a response's body is read from, as urllib3 gives it."""

    def stream(self, **_: Any) -> Any:
        while chunk := self.read(65536):
            yield chunk


class Canned:
    """A session whose requests are answered in turn by what was prepared; it keeps them."""

    def __init__(self, region: str = "us-east-1") -> None:
        self.requests: list[Any] = []
        self._answers: list[tuple[int, dict[str, str], bytes]] = []
        boto = boto3.Session("AKIACANNED0000000000", "canned-secret", region_name=region)
        boto.events.register("before-send", self._answer)
        self.session = AwsSession(boto, None, None, None)

    def add(
        self,
        status: int,
        body: bytes | str,
        kind: str = JSON,
        *,
        ahead_seconds: float = 0,
        **headers: str,
    ) -> "Canned":
        """Prepare an answer; AWS's clock is so many seconds ahead of ours."""
        data = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        all_headers = {
            "content-type": kind,
            "content-length": str(len(data)),
            "date": formatdate(time() + ahead_seconds, usegmt=True),
            **named,
        }
        self._answers.append((status, all_headers, data))
        return self

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        self.requests.append(request)
        status, headers, body = self._answers[min(len(self.requests), len(self._answers)) - 1]
        return AWSResponse(request.url, status, _Headers(headers), _Raw(body))


class _Headers(dict[str, str]):
    """Headers found whatever their case, as urllib3's."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())


def refused(
    call: Callable[[AwsSession], object], status: int, body: str, kind: str = JSON, **more: Any
) -> Any:
    """The error that an answer to a call becomes."""
    from trailtui.aws.errors import CallError

    try:
        call(Canned().add(status, body, kind, **more).session)
    except CallError as error:
        return error
    raise AssertionError("the answer was taken for a good one")
