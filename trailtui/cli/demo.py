"""`trailtui demo`: a simulated account with an intrusion in it, its case, and the console."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from trailtui.case.file import Case, case_folder
from trailtui.case.opening import Opening, open_new_case
from trailtui.cli.output import say
from trailtui.collect.files import collect_files
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError, UsageError
from trailtui.sim.scenarios import DEFAULT, SCENARIOS, what

PLAYBOOK = "compromised-access-key"
READY_SECONDS = 120
"""How long the simulated account may take to play its incident, on a slow machine."""

Ready = Mapping[str, Any]
"""What the simulator says once it serves: see trailtui.sim.serve."""


@click.command()
@click.option(
    "--scenario",
    type=click.Choice(list(SCENARIOS)),
    default=DEFAULT,
    show_default=True,
    help="Which intrusion; --list says what happens in each.",
)
@click.option("--list", "want_list", is_flag=True, help="The scenarios, and nothing else.")
@click.option("--shell", "want_shell", is_flag=True, help="A shell instead of the console.")
@click.option("--attacker-interval", default=0.0, metavar="S", help="The attacker calls on.")
def demo(scenario: str, want_list: bool, want_shell: bool, attacker_interval: float) -> None:
    """A simulated AWS account with an intrusion in it, its case, and the console.

    Nothing leaves this machine and no AWS account is needed. The case is kept; the account is
    gone when you leave, and what its attacker can still do by then is printed.
    """
    if want_list:
        for name, one in SCENARIOS.items():
            click.echo(f"{name}: {one.title}. {one.story}")
        return
    if not _installed():
        raise UsageError(
            "the simulated account is not installed",
            cure="Install the extra: pip install 'trailtui[demo]'.",
        )
    folder = case_folder()
    path = _free_name(folder)
    say("Simulating an AWS account, two days of its life and an intrusion...")
    with _simulator(path.with_suffix(".logs"), scenario, attacker_interval) as ready:
        _make_case(path, ready)
        _use_account(ready)
        if want_shell:
            _run_shell(path, ready)
        else:
            from trailtui.cli.console import run_console

            run_console(path)
        _tell_outcome(path, ready)


def _installed() -> bool:
    from importlib.util import find_spec

    return find_spec("moto") is not None


def _free_name(folder: Path) -> Path:
    """`demo.case`, or the first `demo-N.case` that is free: no case is ever replaced."""
    number = 1
    while True:
        path = folder / ("demo.case" if number == 1 else f"demo-{number}.case")
        if not path.exists() and not path.with_suffix(".logs").exists():
            return path
        number += 1


@contextmanager
def _simulator(logs: Path, scenario: str, attacker_interval: float) -> Generator[Ready]:
    """The simulated account as a process of its own; ends with this one, however that ends."""
    private = Path(tempfile.mkdtemp(prefix="trailtui-demo-"))
    errors = private / "errors.txt"
    command = [sys.executable, "-P", "-m", "trailtui.sim.serve", "--until-stdin-closes"]
    command += ["--folder", str(logs), "--ready-file", str(private / "ready.json")]
    command += ["--incident", scenario, "--attacker-interval", str(attacker_interval)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    process: subprocess.Popen[bytes] | None = None
    try:
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=stderr,
                stderr=stderr,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the console, not for the account
            )
        yield _wait_until_ready(process, private / "ready.json", errors)
    finally:
        if process is not None:
            process.terminate()
            process.wait()
            if process.stdin:
                process.stdin.close()
        shutil.rmtree(private, ignore_errors=True)  # it holds the simulated secrets


def _wait_until_ready(process: subprocess.Popen[bytes], ready: Path, errors: Path) -> Ready:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if ready.exists():
            return json.loads(ready.read_bytes())
        if process.poll() is not None:
            last = errors.read_text(errors="replace").strip().splitlines()[-1:]
            raise InputError(f"the simulated account did not start: {' '.join(last)}")
        time.sleep(0.05)
    raise InputError(f"the simulated account was not ready after {READY_SECONDS} seconds")


def _make_case(path: Path, ready: Ready) -> None:
    """What a responder would do first: the alert, the log files, the playbook."""
    from trailtui.playbook.starting import start_with_given

    alert = Path(ready["alert"])
    opening = Opening(
        entities=(Entity("credential", ready["alerted_key"]),),
        alert=("simulated GuardDuty finding", alert.read_bytes()),
    )
    with open_new_case(path, opening) as case:
        result = collect_files(case, [ready["folder"]])
        start_with_given(case, PLAYBOOK)
        case.set_setting("simulated", True)
    say(f"Case {path.stem}: {result.events:,} events from {result.files} log files.")


def _use_account(ready: Ready) -> None:
    """Point this process, and what it starts, at the simulated account as its responder."""
    session = ready["responder"]["session"]
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID=session["access_key_id"],
        AWS_SECRET_ACCESS_KEY=session["secret_access_key"],
        AWS_SESSION_TOKEN=session["session_token"],
        AWS_DEFAULT_REGION=ready["region"],
        AWS_EC2_METADATA_DISABLED="true",
        TRAILTUI_AWS_ENDPOINT=ready["endpoint"],
        AWS_ENDPOINT_URL=ready["endpoint"],
    )
    if ready["elsewhere"]:
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(write_profiles(ready))
        names = ", ".join(f"--profile account-{number}" for number in ready["elsewhere"])
        say(f"The intruder went into another account too; respond there with {names}.")


def write_profiles(ready: Ready) -> Path:
    """A credentials file with a profile for each further account, beside the other secrets."""
    path = Path(ready["alert"]).with_name("credentials")
    lines: list[str] = []
    for number, responder in ready["elsewhere"].items():
        session = responder["session"]
        lines += [
            f"[account-{number}]",
            f"aws_access_key_id = {session['access_key_id']}",
            f"aws_secret_access_key = {session['secret_access_key']}",
            f"aws_session_token = {session['session_token']}",
        ]
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n")
    return path


def _run_shell(path: Path, ready: Ready) -> None:
    say(
        f"A shell with the simulated account's credentials. The case is {path}, the log files are "
        f"in {ready['folder']}. Leave with exit."
    )
    subprocess.run([os.environ.get("SHELL", "/bin/sh")], check=False)


def _tell_outcome(path: Path, ready: Ready) -> None:
    """Let the attacker try what it holds once more, and say what came of it."""
    say("What the simulated attacker can still do:")
    for word in _ask(f"{ready['control']}status")["attacker"]:
        allowed = _ask(f"{ready['control']}attacker/try?credential={word}", post=True)["allowed"]
        say(f"  {what(word)}: {'STILL WORKS' if allowed else 'denied'}")
    with Case.open(path, readonly=True) as case:
        say(f"The case stays: trailtui {case.name}")


def _ask(url: str, *, post: bool = False) -> Ready:
    """What the simulator's control endpoint answers."""
    request = urllib.request.Request(url, data=b"" if post else None)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)
