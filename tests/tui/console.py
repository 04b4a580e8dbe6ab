"""A console under test: press keys, wait until it is quiet, read the screen as text."""

import os
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from trailtui.tui.app import TrailtuiApp
from trailtui.tui.screens.console import ConsoleScreen

GRIDS = Path(__file__).parent / "grids"


class Console:
    """Drives an app through a pilot."""

    def __init__(self, app: TrailtuiApp, pilot: "Pilot[Any]") -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys one after another, waiting each time until nothing is under way."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """Type a text and Enter."""
        await self.pilot.press(*("space" if letter == " " else letter for letter in text))
        await self.press("enter")

    async def command(self, line: str) -> None:
        """Give a command by name."""
        await self.press("colon")
        await self.type(line)

    async def settle(self) -> None:
        """Wait until every worker has ended and every message was handled."""
        for _ in range(500):
            await self.pilot.pause()
            if self.app.keys.busy:
                continue
            running = [worker for worker in self.app.workers if not worker.is_finished]
            if not running:
                await self.pilot.pause()
                if not self.app.keys.busy and all(each.is_finished for each in self.app.workers):
                    return
                continue
            await self.app.workers.wait_for_complete(running)
        raise AssertionError("the console never becomes quiet")

    @property
    def screen(self) -> Any:
        """The screen on top."""
        return self.app.screen

    @property
    def view(self) -> ConsoleScreen:
        """The view below any dialog."""
        found = self.app.present()
        assert found is not None
        return found

    @property
    def lines(self) -> list[str]:
        """The screen as lines of text, without the blanks at their ends."""
        compositor = self.app.screen._compositor
        strips = compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    @property
    def flat(self) -> str:
        """The screen as one line, so that a sentence is found however it wraps."""
        return " ".join(self.text.replace("▌", " ").split())

    def same_as(self, name: str) -> None:
        """Compare with the grid that is kept under this name; UPDATE_GRIDS=1 writes it anew."""
        path = GRIDS / f"{name}.txt"
        if os.environ.get("UPDATE_GRIDS"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(self.text + "\n")
        assert self.text + "\n" == path.read_text(), f"grid {name} differs"
