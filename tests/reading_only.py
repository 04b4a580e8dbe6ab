"""Nothing is changed but by an action: held against every call of every test.

The program puts the number of the action into its user agent when it carries one out. So a call
of the program that would change something, and has no such number, was sent by planning, a dry
run, a case that is not armed, a collect, a query or the watch.
"""

from trailtui.aws.calls import QUERIES
from trailtui.sim.journal import CallEntry, Calls

OWN_CREDENTIALS = frozenset(
    {"AssumeRole", "AssumeRoot", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity",
     "GetSessionToken", "GetFederationToken"}
)  # fmt: skip
"""These give the caller a session of its own, and change nothing else."""

unbidden: list[str] = []
"""Calls of the program that changed something and belong to no action."""

_add = Calls.add


def judge(entry: CallEntry) -> None:
    """Remember a call that should not have been sent."""
    program = "trailtui/" in entry.user_agent
    query = f"{entry.service}:{entry.operation}" in QUERIES
    allowed = query or entry.operation in OWN_CREDENTIALS or "action/" in entry.user_agent
    if program and entry.mutating and not allowed:
        unbidden.append(f"{entry.service}:{entry.operation} as {entry.user_agent}")


def watch_all_calls() -> None:
    """Judge each call that arrives at a simulated account of this process from now on."""

    def add(self: Calls, entry: CallEntry) -> None:
        judge(entry)
        _add(self, entry)

    Calls.add = add  # type: ignore[method-assign]
