"""Applies plans in processes of their own, which can be killed: `python -m tests.respond.applier`.

Lines in: `start CASE_PATH PLAN` answers the new process's number, `wait PID` its exit status.
Everything is imported once; each start is a fork of this single-threaded process.
"""

import os
import sys
from pathlib import Path

from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.model.errors import TrailtuiError
from trailtui.respond.carrying_out import carry_out
from trailtui.respond.containment_store import names_containment
from trailtui.respond.run import apply


def apply_one(case_path: str, plan: str) -> int:
    """Apply a plan, of one action or many, confirmed; the exit code tells how it went."""
    try:
        with Case.open(Path(case_path)) as case:
            if names_containment(case, plan):
                return 0 if carry_out(case, AwsSession.open(), plan, plan).is_good else 1
            outcome = apply(case, AwsSession.open(), plan, plan)
    except TrailtuiError as error:
        return error.exit_code
    return 0 if outcome.is_good else 1


def main() -> None:
    """Obey the lines on standard input until it ends."""
    AwsSession.open().identity()  # everything is imported and loaded before the first fork
    for line in sys.stdin:
        order, *words = line.split()
        if order == "start":
            pid = os.fork()
            if pid == 0:
                os._exit(apply_one(*words))
            print(pid, flush=True)
        elif order == "wait":
            print(os.waitstatus_to_exitcode(os.waitpid(int(words[0]), 0)[1]), flush=True)


if __name__ == "__main__":
    main()
