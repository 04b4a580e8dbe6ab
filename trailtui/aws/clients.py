"""botocore's clients for one set of credentials: how patient they are, what they call themselves.

Clients may be shared between threads; making one is locked.
"""

import re
import threading
from typing import Any, Literal
from urllib.parse import urlsplit

from trailtui import __version__
from trailtui.aws.whole import WholeAnswers

CONNECT_SECONDS = 5
READ_SECONDS = 20
READ_ATTEMPTS = 5
"""How often a reading call is sent at most, the first time included."""
PACED_ATTEMPTS = 3
"""The same for operations whose pace the caller keeps: it has to hear of a throttle soon."""
CONNECTIONS = 32
"""Kept open for each client: sixteen downloads side by side, and whoever else asks meanwhile."""
_MAKING = threading.Lock()
"""Held while a client is made: boto3's sessions are not safe then, and they share loaded models."""
RAW_BODY = "TrailtuiRawBody"
"""Under which name the bytes of an answer lie in its metadata until the session takes them out."""


class Clients:
    """Makes clients of services and keeps those that read."""

    def __init__(self, boto: Any, endpoint_url: str | None) -> None:  # noqa: ANN401  (boto3 is imported late)
        self._boto = boto
        self._endpoint_url = endpoint_url
        self._kept: dict[tuple[str, str, bool, str], Any] = {}
        self.accepted_in: set[str] = set()
        """The Regions that have answered a call of these credentials."""

    def reading(self, service: str, region: str, agent: str, *, paced: bool = False) -> Any:  # noqa: ANN401
        """A shared client that repeats calls where AWS throttles or fails.

        `paced`: the caller keeps the pace, so that this client slows nothing down and gives up
        soon; else botocore's adaptive mode finds the pace by itself.
        """
        key = (service, region, paced, agent)
        with _MAKING:
            if key not in self._kept:
                made = (
                    self._make(service, region, agent, "standard", PACED_ATTEMPTS)
                    if paced
                    else self._make(service, region, agent, "adaptive", READ_ATTEMPTS)
                )
                made.meta.events.register("after-call", _keep_body)
                self._kept[key] = made
            return self._kept[key]

    def issuing(self, region: str, agent: str) -> Any:  # noqa: ANN401
        """A client of STS for calls whose answers are credentials: their bytes are not kept."""
        with _MAKING:
            return self._make("sts", region, agent, "standard", READ_ATTEMPTS)

    def single(self, service: str, region: str, agent: str) -> Any:  # noqa: ANN401
        """A client that sends a call once, over a connection of its own.

        A kept-alive connection may die as the call is sent.
        """
        with _MAKING:
            return self._make(service, region, agent, "standard", 1)

    def _make(
        self,
        service: str,
        region: str,
        agent: str,
        mode: Literal["adaptive", "standard"],
        attempts: int,
    ) -> Any:  # noqa: ANN401
        from botocore.config import Config
        from botocore.handlers import json_decode_policies

        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": mode, "total_max_attempts": attempts},
            user_agent_extra=agent,
            max_pool_connections=CONNECTIONS,
            s3={"addressing_style": "path"} if self._endpoint_url else {},
        )
        client = self._boto.client(
            service, region_name=region, endpoint_url=self._endpoint_url, config=config
        )
        client.meta.events.register("needs-retry", WholeAnswers(attempts))
        if service == "s3control" and _is_local(self._endpoint_url):
            client.meta.events.register("before-send", _without_account)
        if service == "iam":
            # Policy documents are wanted as the exact text, so that undo puts back the same bytes.
            client.meta.events.unregister("after-call.iam", json_decode_policies)
        return client


def _is_local(endpoint_url: str | None) -> bool:
    host = urlsplit(endpoint_url or "").hostname or ""
    return host == "localhost" or host.startswith("127.")


def _without_account(request: Any, **_: object) -> None:  # noqa: ANN401
    """Take away the account's number that botocore puts before the name of a loopback host."""
    request.url = re.sub(r"^(https?://)\d{12}\.", r"\1", request.url)


def agent_words(case_id: str | None, *more: str) -> str:
    """What is added to the user agent, so that the account's own log tells who called for what."""
    case = [f"case/{re.sub(r'[^A-Za-z0-9._-]', '-', case_id)[:64]}"] if case_id else []
    return " ".join([f"trailtui/{__version__}", *case, *more])


def _keep_body(http_response: Any, parsed: Any, model: Any, **_: object) -> None:  # noqa: ANN401
    """Put an answer's bytes beside what was read out of them; a stream is left alone.

    Bytes only: the response object is not kept.
    """
    streams = model.has_streaming_output or model.has_event_stream_output
    if not streams and http_response.status_code < 300:
        parsed.setdefault("ResponseMetadata", {})[RAW_BODY] = http_response.content
