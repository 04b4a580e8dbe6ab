"""Keeping to a rate, so that AWS never has to refuse and the account's other tools get their share.

LookupEvents takes two requests a second for each account and Region. Asked at just that pace it
never throttles; asked as fast as it goes and slowed down by refusals, it takes a third longer.
"""

import threading
import time
from collections.abc import Callable

_LOOK_UP_SECONDS = 0.1
"""How often a wait looks whether it is to stop."""


class Pacer:
    """Lets requests through at a steady rate. Safe to share between threads.

    Args:
        per_second: requests a second.
        now: seconds of a clock that never goes back.
    """

    def __init__(self, per_second: float, now: Callable[[], float] = time.monotonic) -> None:
        self._between = 1 / per_second
        self._now = now
        self._next = 0.0
        self._lock = threading.Lock()
        self._never = threading.Event()

    def wait(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """Block until the next request is due; False where `stop` said so meanwhile.

        Requests that come late do not give the right to hurry afterwards: the rate holds for any
        two that follow each other.
        """
        with self._lock:
            due = max(self._next, self._now())
            self._next = due + self._between
        while (left := due - self._now()) > 0:
            if stop():
                return False
            self._never.wait(min(left, _LOOK_UP_SECONDS))
        return not stop()

    def back_off(self, seconds: float) -> None:
        """Let nothing through for so long: AWS refused, somebody else uses up the rate."""
        with self._lock:
            self._next = max(self._next, self._now() + seconds)
