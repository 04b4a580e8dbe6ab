"""A process that collects, in children that may kill themselves: `-m tests.sources.driver`.

It reads jobs from its standard input, a line of JSON each, and answers each with a line. What it
may not do is what a test may not do: it finds no AWS credentials of the machine, and reaches only
this machine. Forking spares each child the seconds that importing takes.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import _connect_to_loopback  # importing it takes AWS_* out of the environment
from tests.sources.scene import Scene
from tests.sources.sources import SOURCES
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.loading import Loader
from trailtui.collect import running, storing

MOMENTS: dict[str, tuple[type, str, bool]] = {
    "asking": (AwsSession, "_send", False),
    "answered": (AwsSession, "_send", True),
    "storing": (Loader, "_insert", True),
    "stored": (storing.Store, "store", True),
    "ending": (running._Run, "_end", False),
}
"""When a child dies: at a call of a method, before or after it. Storing is within a transaction."""


def _die_at(moment: str, number: int) -> None:
    """Kill this process, as kill -9 does, at the n-th time that something happens in it."""
    of, name, after = MOMENTS[moment]
    method: Callable[..., Any] = getattr(of, name)
    left = [number]

    def counted(*given: Any, **more: Any) -> Any:
        left[0] -= 1
        last = left[0] == 0
        if last and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = method(*given, **more)
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(of, name, counted)


def _collect(job: dict[str, Any]) -> int:
    """Collect; gives 0 where all came."""
    if job.get("moment"):
        _die_at(job["moment"], job["number"])
    scene = Scene.from_json(job["scene"])
    os.environ |= {"AWS_ACCESS_KEY_ID": job["key"], "AWS_SECRET_ACCESS_KEY": job["secret"]}
    session = AwsSession.open(region="us-east-1", endpoint_url=scene.endpoint, case_id=job["run"])
    with Case.open(Path(job["case"])) as case:
        return 0 if SOURCES[job["source"]].run(case, session, scene).whole else 1


def _in_a_child(job: dict[str, Any]) -> int:
    """Do a job; gives the child's exit code, or the signal that ended it as a negative number."""
    child = os.fork()
    if not child:
        code = 70
        try:
            code = _collect(job)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _walls() -> dict[str, object]:
    """What this process finds of the machine's credentials, and what it gets from elsewhere."""
    try:
        with socket.create_connection(("192.0.2.1", 80), timeout=1):
            reached = "something"
    except AssertionError as refusal:
        reached = str(refusal)
    return {"found": [name for name in os.environ if name.startswith("AWS_")], "reached": reached}


def main() -> None:
    """Do what is asked, until there is nothing more."""
    socket.socket.connect = _connect_to_loopback  # type: ignore[method-assign]
    for line in sys.stdin:
        job = json.loads(line)
        done = _walls() if job == "walls" else _in_a_child(job)
        print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main()
