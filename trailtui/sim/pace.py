"""The rate at which an account may be asked, and the clock that measures it."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """A token bucket for each account and Region.

    Its clock is not the account's: requests take real time even where the account's time stands
    still. Tests may put a clock of their own in its place.

    Args:
        rate: requests a second, which is also how many may come at once; None: no limit.
        now: gives seconds, from any beginning.
    """

    def __init__(
        self, rate: float | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.rate = rate
        self.now = now
        self._left: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, account: str, region: str) -> bool:
        """Whether one more request is within the limit; if so it is counted."""
        if self.rate is None:
            return True
        at, most = self.now(), max(self.rate, 1.0)
        left, since = self._left.get((account, region), (most, at))
        left = min(most, left + (at - since) * self.rate)
        allowed = left >= 1
        self._left[account, region] = (left - 1 if allowed else left, at)
        return allowed
