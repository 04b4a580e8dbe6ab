"""The account's own time, which scripted incidents move so that two days pass in a second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that either runs with the computer's, shifted, or stands still until it is moved.

    Args:
        start: the time it shows at first (aware); without it, the real time.
        running: whether it goes on by itself from there.
    """

    def __init__(self, start: datetime | None = None, *, running: bool | None = None) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._running = (start is None) if running is None else running
        real = datetime.now(UTC)
        self._standing = (start or real).astimezone(UTC)
        self._offset = self._standing - real

    @property
    def running(self) -> bool:
        """Whether it goes on by itself."""
        return self._running

    def now(self) -> datetime:
        """The account's present time, aware, in UTC."""
        return datetime.now(UTC) + self._offset if self._running else self._standing

    def now_ms(self) -> int:
        """The account's present time in milliseconds since 1970."""
        return int(self.now().timestamp() * 1000)

    def set(self, at: datetime) -> None:
        """Jump to a time; a running clock goes on from there."""
        self._standing = at.astimezone(UTC)
        self._offset = self._standing - datetime.now(UTC)

    def advance(self, seconds: float) -> None:
        """Jump forward (or back) by seconds."""
        self.set(self.now() + timedelta(seconds=seconds))

    def freeze(self) -> None:
        """Stand still from now on."""
        self._standing = self.now()
        self._running = False

    def run(self) -> None:
        """Go on by itself from the time it shows."""
        self.set(self.now())
        self._running = True
