"""A script: moments and what happens at them, played in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from botocore.exceptions import ClientError

from trailtui.sim.clock import Clock
from trailtui.sim.journal import REFUSALS

Scene = Callable[[], object]


class Script:
    """Scenes at moments; several threads of a story are written one after the other."""

    def __init__(self) -> None:
        self._scenes: list[tuple[datetime, int, Scene]] = []

    def at(self, moment: datetime, scene: Scene) -> None:
        """Let something happen at a moment."""
        self._scenes.append((moment, len(self._scenes), scene))

    def play(self, clock: Clock) -> None:
        """Move the clock from scene to scene, as fast as the calls go."""
        for moment, _, scene in sorted(self._scenes, key=lambda one: one[:2]):
            clock.set(moment)
            scene()


def is_refused(scene: Scene) -> bool:
    """Whether a call was refused by authentication or policy.

    Raises:
        ClientError: it failed in another way.
    """
    try:
        scene()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in REFUSALS:
            return True
        raise
    return False


def expect_refusal(scene: Scene) -> None:
    """Make a call that the story says is refused.

    Raises:
        AssertionError: it was allowed, so the story is wrong.
    """
    if not is_refused(scene):
        raise AssertionError("the script expected a refusal and the call was allowed")
