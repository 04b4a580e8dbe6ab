"""Everything that containment can change, as one JSON value with one form.

Two moments of the account are the same exactly where their state is. What changes by itself (the
last use of a key, dates) and what nobody may read (secrets: a digest is there) is left out.
"""

from __future__ import annotations

from trailtui.sim import moto_backend, moto_state_iam
from trailtui.sim.dynamic import Dynamic


def state(accounts: set[str]) -> dict[str, Dynamic]:
    """The state of some accounts.

    Args:
        accounts: their numbers.
    """
    numbers = sorted(accounts | set(moto_backend.accounts()))
    return {"accounts": {number: {"iam": moto_state_iam.state(number)} for number in numbers}}
