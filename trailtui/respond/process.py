"""Which process works on an action, and whether it still lives."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trailtui.model.times import now_ms

LONGEST_CALL_MS = 10 * 60_000
"""A call to AWS gives up long before this: connecting and reading are bounded by seconds."""


def this_process() -> dict[str, Any]:
    """What is kept beside an action that is being executed."""
    pid = os.getpid()
    return {"pid": pid, "host": socket.gethostname(), "started": _started(pid)}


def is_gone(process: Mapping[str, Any], since_ms: int) -> bool:
    """Whether the process that began at `since_ms` to execute can no longer be doing so.

    A living one counts as gone once the time of any call is over: it could not write down its
    outcome (a full disk). Of another host only the time can be judged.
    """
    if now_ms() - since_ms > LONGEST_CALL_MS:
        return True
    if process.get("host") != socket.gethostname():
        return False
    pid = int(process["pid"])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it lives, under another user
    return _started(pid) != process.get("started")


def _started(pid: int) -> str | None:
    """The kernel's start time of a process, against reused numbers; None where there is no /proc.

    A zombie counts as gone: it runs no more, though its number is still taken.
    """
    try:
        # The name in parentheses may hold anything; the fields are counted from behind it.
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]
