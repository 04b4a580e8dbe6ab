"""A collect that a kill or a lost line interrupted: found in the case, so that it can go on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from trailtui.case.fetches import Fetch, State, all_fetches
from trailtui.case.file import Case
from trailtui.case.journal import LogEntry, append, entries
from trailtui.collect.lookup import SOURCE
from trailtui.model.errors import InputError
from trailtui.model.times import now_ms
from trailtui.tui.wanted import ENTITIES, EVERYTHING, Wanted, attribute_of

STILL_AT_IT_MS = 60_000
"""A fetch that changed so lately may be worked at by another trailtui."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A collect that began and never ended."""

    source: str
    at_ms: int
    """When it began."""
    left: int
    """Parts that are still to be asked; 0 where that can't be told."""
    perhaps_running: bool
    """Whether it looks as if another trailtui were still at it."""
    wanted: Wanted | None = None
    """Of a look-up: what it asked for."""
    paths: tuple[str, ...] = ()
    """Of log files: what was to be taken."""

    @property
    def can_go_on(self) -> bool:
        """Whether the console itself can go on with it."""
        return self.wanted is not None or bool(self.paths)


_ENDS = ("finished", "done")
_REMARKS = ("estimated", "made", "public_keys", "scanned_bytes", "unreachable")
"""What entries hold that are neither the beginning of a collect nor its end."""


def find_interrupted(case: Case) -> Interrupted | None:
    """The newest collect without an end in the log; None where all came to their end."""
    begun: dict[str, LogEntry] = {}
    for entry in entries(case, kinds=("collect",)):
        source = str(entry.what.get("source", ""))
        if any(entry.what.get(end) for end in _ENDS):
            begun.pop(source, None)
        elif not any(remark in entry.what for remark in _REMARKS):
            begun[source] = entry
    if not begun:
        return None
    entry = max(begun.values(), key=lambda one: one.seq)
    source = str(entry.what.get("source", ""))
    open_ones = [
        fetch
        for fetch in all_fetches(case, sources=(source,))
        if fetch.state in (State.PLANNED, State.RUNNING) and "following" not in fetch.unit.question
    ]
    changed_ms = max((fetch.changed_ms for fetch in open_ones), default=0)
    return Interrupted(
        source,
        entry.at_ms,
        len(open_ones),
        now_ms() - changed_ms < STILL_AT_IT_MS,
        _wanted(entry.what, open_ones) if source == SOURCE else None,
        _texts(entry.what.get("paths")) if source == "files" else (),
    )


def give_up(case: Case, interrupted: Interrupted) -> None:
    """Note that an interrupted collect is not gone on with; what it did not ask stays open."""
    append(
        case,
        "collect",
        {"source": interrupted.source, "finished": True, "given_up": True,
         "parts_left": interrupted.left},
    )  # fmt: skip


def _wanted(what: Mapping[str, object], open_ones: Sequence[Fetch]) -> Wanted | None:
    """What a look-up asked for, by its entry in the log."""
    places = [place.split() for place in _texts(what.get("places"))]
    asked = _texts(what.get("attributes"))
    if not places or any(len(place) != 2 for place in places):
        return None
    if len(asked) > 1:
        look_for = ENTITIES
    elif asked and asked[0] != EVERYTHING:
        try:
            attribute = attribute_of(asked[0].replace(" = ", "=", 1))
        except InputError:
            return None
        look_for = f"{attribute.key}={attribute.value}"
    else:
        look_for = EVERYTHING
    return Wanted(
        since=str(what.get("since", "-24h")),
        until=str(what.get("until", "now")),
        accounts=",".join(dict.fromkeys(account for account, _ in places)),
        regions=",".join(dict.fromkeys(region for _, region in places)),
        what=look_for,
    )


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(str(one) for one in cast("list[object]", value))
