"""The HTTP server on loopback in front of the account."""

from __future__ import annotations

import io
import json
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from http import HTTPStatus

from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs]
    BackendRequest,
    MotoRequestHandler,
)
from werkzeug.serving import BaseWSGIServer, make_server

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.pipeline import DroppedError, Pipeline
from trailtui.sim.protocol import Answer

CONTROL_PREFIX = "/_sim/"
"""No bucket can have this name and no operation this path."""

Control = Callable[[str, str, dict[str, str], bytes], tuple[int, Dynamic]]
"""Takes method, path after the prefix, query and body; gives a status and something for JSON."""

StartResponse = Callable[[str, list[tuple[str, str]]], Dynamic]


class _QuietHandler(MotoRequestHandler):
    """Keeps the server from writing a line per request to the terminal."""

    def log(self, type: str, message: str, *args: Dynamic) -> None:  # noqa: A002
        """Say nothing: the journal has it."""


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


class Server:
    """Serves a pipeline and a control endpoint on a free port of 127.0.0.1.

    Calls are carried out one at a time: moto's state is not made for threads, and the journal
    keeps their order. Late answers wait after that.

    Args:
        pipeline: answers AWS calls.
        control: answers what is asked under CONTROL_PREFIX.
    """

    def __init__(self, pipeline: Pipeline, control: Control) -> None:
        self._pipeline = pipeline
        self._control = control
        self._one_at_a_time = threading.RLock()
        self._stopping = threading.Event()
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", 0, self._application, threaded=True, request_handler=_QuietHandler
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="simulated-account",
            daemon=True,
        )

    @property
    def endpoint(self) -> str:
        """The URL for boto3's endpoint_url."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def exclusively(self) -> AbstractContextManager[bool]:
        """While it is held no call is carried out, so that the account can be changed."""
        return self._one_at_a_time

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port; nobody waits for late answers any more."""
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _application(
        self, environ: dict[str, Dynamic], start_response: StartResponse
    ) -> Iterable[bytes]:
        body = BackendRequest(dict(environ)).get_data()
        environ.pop("werkzeug.request", None)
        if environ.get("PATH_INFO", "").startswith(CONTROL_PREFIX):
            return self._answer_control(environ, start_response, body)
        again = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        try:
            request = BackendRequest(again)
            request.get_data()  # kept before a form is read from it, for the signature
            with self._one_at_a_time:
                answer = self._pipeline.handle(request, environ, body)
        except DroppedError:
            raise _hang_up(environ) from None
        # Not under the lock: one slow answer holds up no other call.
        self._stopping.wait(answer.delay_seconds)
        headers = _with_length(environ["REQUEST_METHOD"], answer)
        start_response(_status_line(answer.status), headers)
        return _half(answer.body, environ) if answer.truncated else [answer.body]

    def _answer_control(
        self, environ: dict[str, Dynamic], start_response: StartResponse, body: bytes
    ) -> Iterable[bytes]:
        request = BackendRequest(dict(environ))
        path = request.path.removeprefix(CONTROL_PREFIX)
        status, said = self._control(request.method, path, dict(request.args.items()), body)
        text = json.dumps(said).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(text)))]
        start_response(_status_line(status), headers)
        return [text]


def _hang_up(environ: dict[str, Dynamic]) -> ConnectionAbortedError:
    """Close a request's connection; gives what is to be raised, so that the server lets go too."""
    with suppress(OSError):
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return ConnectionAbortedError("the simulated connection was lost")


def _half(body: bytes, environ: dict[str, Dynamic]) -> Iterable[bytes]:
    yield body[: len(body) // 2]
    raise _hang_up(environ)


def _with_length(method: str, answer: Answer) -> list[tuple[str, str]]:
    """The headers with the body's true length; to HEAD, that of the body GET would have brought."""
    stated = [pair for pair in answer.headers if pair[0].lower() == "content-length"]
    others = [pair for pair in answer.headers if pair[0].lower() != "content-length"]
    if method == "HEAD" and stated:
        return [*others, stated[0]]
    return [*others, ("Content-Length", str(len(answer.body)))]
