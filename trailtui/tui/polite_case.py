"""A case as whoever writes much uses it: between two transactions others get their turn.

SQLite's waiting writers look only now and then whether they may; one that begins its next
transaction at once would keep a note or a pin waiting for as long as it works.
"""

import sqlite3
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from trailtui.case.file import Case

_LOOK_SECONDS = 0.01
_PATIENCE_SECONDS = 0.3
"""A waiting writer looks at least every tenth of a second."""


def _nobody() -> bool:
    return False


class PoliteCase(Case):
    """Waits after a transaction while somebody else of this process wants to write."""

    others_wait: Callable[[], bool] = staticmethod(_nobody)

    @classmethod
    def opener(cls, others_wait: Callable[[], bool]) -> Callable[[Path], Case]:
        """Opens such a case; `others_wait` tells whether somebody wants to write."""

        def open_case(path: Path) -> Case:
            case = cls.open(path)
            case.others_wait = others_wait
            return case

        return open_case

    @contextmanager
    def writing(self, *, durable: bool = False) -> Generator[sqlite3.Connection]:
        with super().writing(durable=durable) as connection:
            yield connection
        if not self.connection.in_transaction:
            self._give_way()

    def _give_way(self) -> None:
        never = threading.Event()
        left = _PATIENCE_SECONDS
        while left > 0 and self.others_wait():
            never.wait(_LOOK_SECONDS)
            left -= _LOOK_SECONDS
