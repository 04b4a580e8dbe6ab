"""Processes that apply plans and can be killed, and a door at which their calls can be held."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.respond.scene import Person
from trailtui.case.file import Case
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.server import DroppedError


class Applier:
    """Drives tests/respond/applier.py."""

    def __init__(self, account: SimulatedAccount, responder: Person) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.respond.applier"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env={
                "PATH": os.environ["PATH"],
                "AWS_ACCESS_KEY_ID": responder.credential.id,
                "AWS_SECRET_ACCESS_KEY": responder.credential.secret,
                "AWS_SESSION_TOKEN": responder.credential.token or "",
                "AWS_EC2_METADATA_DISABLED": "true",
                "TRAILTUI_AWS_ENDPOINT": account.endpoint,
            },
        )

    def start(self, case: Case, plan: str) -> int:
        return self._ask(f"start {case.path} {plan}")

    def wait(self, pid: int) -> int:
        return self._ask(f"wait {pid}")

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        assert self.wait(pid) == -signal.SIGKILL

    def end(self, pid: int) -> None:
        """Kill a process that may be through already."""
        os.kill(pid, signal.SIGKILL)
        self.wait(pid)

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _ask(self, order: str) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


class Gate:
    """Stops one operation at the account's door until it is let go, or turns it away."""

    def __init__(
        self, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch, operation: str, when: str
    ) -> None:
        self.reached, self._go = threading.Event(), threading.Event()
        self._turned_away = False
        pipeline = account._pipeline
        handle, marker = pipeline.handle, f"Action={operation}&".encode()

        def gated(request: object, environ: object, body: bytes) -> object:
            if marker not in body or self.reached.is_set():
                return handle(request, environ, body)
            answer = handle(request, environ, body) if when == "after" else None
            self.reached.set()
            assert self._go.wait(60)
            if self._turned_away:
                raise DroppedError
            return answer or handle(request, environ, body)

        monkeypatch.setattr(pipeline, "handle", gated)

    def open(self) -> None:
        self._go.set()

    def turn_away(self) -> None:
        self._turned_away = True
        self._go.set()
