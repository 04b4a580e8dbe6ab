"""An event is pinned for one step at a time: for which one, and saying so when that changes."""

from collections.abc import Collection, Mapping

from trailtui.case.file import Case
from trailtui.case.marks import pins


def steps_of_pins(case: Case, events: Collection[int]) -> dict[int, str | None]:
    """The step that each of these events is pinned for, by its row id; None: for no step.

    Events that are not pinned are left out. Call it in a lane, before the pins are changed.
    """
    return {pin.event.id: pin.step for pin in pins(case) if pin.event.id in events}


def say_where_pinned(held: Mapping[int, str | None], step: str | None) -> str:
    """What changes for the steps that held pins which now belong to `step`; None: to none.

    Empty where no other step loses one.
    """
    losing = sorted({one for one in held.values() if one is not None and one != step})
    if not losing:
        return ""
    named = ", ".join(losing)
    if step is None:
        return f"{named} has one less as evidence."
    return f"No longer pinned for {named}: an event is pinned for one step at a time."
