"""The simulated account as a process of its own.

    python -m trailtui.sim.serve --incident stolen-key --folder DIR --ready-file FILE

plays the incident, delivers its log files into DIR, writes FILE (JSON, 0600) once all is ready,
and serves until SIGTERM, until its standard input closes (--until-stdin-closes) or until the
process that started it is gone.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from trailtui.sim.account import DEFAULT_ACCOUNT, SimulatedAccount
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.incidents import INCIDENTS, play
from trailtui.sim.incidents.attacker import Attacker
from trailtui.sim.incidents.incident import Incident, Responder
from trailtui.sim.scenarios import DEFAULT


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m trailtui.sim.serve", description=__doc__)
    parser.add_argument("--incident", choices=sorted(INCIDENTS), default=DEFAULT)
    parser.add_argument("--folder", type=Path, required=True, help="where log files go")
    parser.add_argument("--ready-file", type=Path, required=True, help="written when ready")
    parser.add_argument("--seed", type=int, default=1, help="of every id and name")
    parser.add_argument("--account", default=DEFAULT_ACCOUNT, help="the account's number")
    parser.add_argument(
        "--propagation", type=float, default=0, metavar="SECONDS", help="until IAM changes count"
    )
    parser.add_argument(
        "--attacker-interval",
        type=float,
        default=0,
        metavar="SECONDS",
        help="the intruder calls with each credential this often, and answers when it is cut",
    )
    parser.add_argument(
        "--lookup-rate",
        type=float,
        metavar="N",
        help="LookupEvents requests a second for an account and Region (AWS: 2); default no limit",
    )
    parser.add_argument("--until-stdin-closes", action="store_true")
    return parser.parse_args(given)


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, complete from the first moment it is there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)


def _with_secret(credential: Credential) -> dict[str, Dynamic]:
    return {
        "access_key_id": credential.id,
        "secret_access_key": credential.secret,
        "session_token": credential.token,
        "arn": credential.arn,
        "expires_at": credential.expires_at.isoformat() if credential.expires_at else None,
    }


def _responder(one: Responder) -> dict[str, Dynamic]:
    return {"user": _with_secret(one.user), "session": _with_secret(one.session)}


def what_is_ready(incident: Incident, folder: Path, alert: Path) -> dict[str, Dynamic]:
    """What another process needs to know, secrets included: where, who, with what."""
    account = incident.account
    return {
        "endpoint": account.endpoint,
        "control": f"{account.endpoint}/_sim/",
        "pid": os.getpid(),
        "account": account.number,
        "region": "us-east-1",
        "folder": str(folder),
        "alert": str(alert),
        "leaked_key": incident.leaked_key,
        "alerted_key": incident.alerted_credential.id,
        "user": incident.user,
        "role": incident.role,
        "backdoor_user": incident.backdoor_user,
        "attacker_addresses": list(incident.attacker_addresses),
        "attacker_credentials": incident.attacker_credentials,
        "started_at": incident.started_at.isoformat(),
        "ended_at": incident.ended_at.isoformat(),
        "records": len(account.records),
        "responder": _responder(incident.responder),
        "elsewhere": {number: _responder(one) for number, one in incident.elsewhere.items()},
    }


def _attack_on(attacker: Attacker, interval: float, stop: threading.Event) -> None:
    """Call with every credential that still works, again and again; answer when one is cut."""
    working = list(attacker.held)
    while working and not stop.wait(interval):
        still = [word for word in working if attacker.attempt(word)]
        working = [*still, *attacker.react()] if len(still) < len(working) else still


def _watch_parent(stop: threading.Event) -> None:
    """Nobody is left to talk to when the process that started this one is gone."""
    parent = os.getppid()
    while not stop.wait(0.5):
        if os.getppid() != parent:
            stop.set()


def _watch_stdin(stop: threading.Event) -> None:
    # Read past Python's own buffer, whose lock a thread must not hold when the process ends.
    with suppress(OSError):
        while os.read(sys.stdin.fileno(), 4096):
            pass
    stop.set()


def main(given: Sequence[str] | None = None) -> int:
    """Run until told to stop; the exit code is 0."""
    options = _arguments(given)
    stop = threading.Event()

    def quit_on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, quit_on_signal)
    watchers = [_watch_parent, *([_watch_stdin] if options.until_stdin_closes else [])]
    for watch in watchers:
        threading.Thread(target=watch, args=(stop,), daemon=True).start()
    folder: Path = options.folder.resolve()
    account = SimulatedAccount.start(
        seed=options.seed, account=options.account, propagation_seconds=0
    )
    with account:
        incident = play(options.incident, account)
        # What happened in the past has long arrived; only what comes now is slow.
        account.propagation_seconds = options.propagation
        account.pace.rate = options.lookup_rate
        account.control.folder = folder
        account.deliver(folder)
        account.deliver_to_bucket()
        alert = options.ready_file.resolve().with_name("alert.json")
        _write_private(alert, json.dumps(incident.alert(), indent=2))
        _write_private(
            options.ready_file, json.dumps(what_is_ready(incident, folder, alert), indent=2)
        )
        if options.attacker_interval > 0:
            arguments = (incident.attacker, options.attacker_interval, stop)
            threading.Thread(target=_attack_on, args=arguments, daemon=True).start()
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
