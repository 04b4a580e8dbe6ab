"""Keys one after another: the next one is looked at when the one before has had its effect.

Textual hands a key to the widget that has the focus when the key arrives. On a slow line keys
come in bursts (`/errors`, then Enter), and all of them would go to the list that had the focus
when `/` was pressed, before `/` could move the focus to the line where the rest belongs.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual import events
from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from textual.app import App

PATIENCE_S = 1.0
"""How long a widget that does not answer may hold up the next key."""


class KeyPump:
    """Takes keys as they come and gives them to `handle` in turn."""

    def __init__(self, app: "App[Any]", handle: Callable[[events.Key], Awaitable[None]]) -> None:
        self._app = app
        self._handle = handle
        self._keys: deque[events.Key] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a key has not had its effect yet."""
        return self._task is not None and not self._task.done()

    def take(self, key: events.Key) -> None:
        """Queue a key; returns at once."""
        self._keys.append(key)
        if not self.busy:
            self._task = asyncio.create_task(self._run())
            self._task.add_done_callback(self._ended)

    async def _run(self) -> None:
        while self._keys:
            key = self._keys.popleft()
            way = list(self._way())
            await self._handle(key)
            for pump in way:
                await _until_idle(pump)
            await _until_idle(self._app.screen)  # another one, perhaps, that the key opened
            await _until_idle(self._app)

    def _way(self) -> Iterator[MessagePump]:
        """Where a key goes: the widget with the focus, then up."""
        node = self._app.focused or self._app.screen
        yield node
        yield from (each for each in node.ancestors if each is not self._app)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._app._handle_exception(error)  # pyright: ignore[reportPrivateUsage]


async def _until_idle(pump: MessagePump) -> None:
    """Wait until all messages that a widget has now are handled."""
    done = asyncio.Event()
    if pump.is_running and pump.call_later(done.set):
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), PATIENCE_S)
