"""Where a responder stood in the console, so that the next session goes on there.

Each responder (user and host) has places of their own; the newest one says where they were last.
"""

import json
from collections.abc import Mapping
from typing import cast

from trailtui.case.file import Case
from trailtui.model.times import now_ms


def save_view_state(case: Case, owner: str, view: str, state: Mapping[str, object]) -> None:
    """Remember how `owner`'s view stands; its own short transaction."""
    with case.writing() as connection:
        connection.execute(
            "INSERT INTO view_states (view, state, at_ms) VALUES (?, ?, ?) "
            "ON CONFLICT (view) DO UPDATE SET state = excluded.state, at_ms = excluded.at_ms",
            [f"{owner} {view}", json.dumps(state), now_ms()],
        )


def saved_view_states(case: Case, owner: str) -> dict[str, Mapping[str, object]]:
    """`owner`'s views as they stood, by name; what can't be read is left out."""
    rows = case.connection.execute(
        "SELECT view, state FROM view_states WHERE substr(view, 1, ?) = ? ORDER BY at_ms",
        [len(owner) + 1, f"{owner} "],
    )
    found: dict[str, Mapping[str, object]] = {}
    for view, text in rows:
        try:
            state: object = json.loads(text)
        except ValueError:
            continue
        if isinstance(state, dict):
            found[str(view)[len(owner) + 1 :]] = cast("dict[str, object]", state)
    return found
