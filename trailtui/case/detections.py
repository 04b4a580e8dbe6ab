"""What rules found in a case: each finding with its events, kept once however often it is found.

A finding is known by its rule (kind, id and text) and whom it is about. Found again with further
events it grows; found again as it was, nothing changes. Nothing is taken away: events that led to
a finding once stay with it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.model.errors import InputError
from trailtui.model.record import row_time_ms
from trailtui.model.times import now_ms

NEW, GROWN, KNOWN = "new", "grown", "known"
_MOST_LOGGED = 500


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule found about one principal, group or alarm."""

    kind: str
    rule: str
    rule_sha256: str
    title: str
    severity: str
    events: tuple[int, ...]
    """The rows' ids; never empty."""
    about: str = ""
    description: str = ""
    attack: tuple[str, ...] = ()
    next_step: str = ""
    origin: str = ""
    """Where the rule came from: a file, the program itself, an account's log group."""
    detail: str = ""
    """What was counted, in a sentence; empty where the events say it all."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A finding as the case has it."""

    number: int
    kind: str
    rule: str
    rule_sha256: str
    about: str
    title: str
    severity: str
    description: str
    attack: tuple[str, ...]
    next_step: str
    origin: str
    detail: str
    first_ms: int | None
    last_ms: int | None
    events: int
    found_ms: int
    changed_ms: int

    @property
    def name(self) -> str:
        """`d7`: how it is called on the command line, apart from the alerts' numbers."""
        return f"d{self.number}"


@dataclass(slots=True)
class Kept:
    """What became of the findings of one run."""

    states: list[tuple[int, Found, str]] = field(default_factory=list[tuple[int, Found, str]])
    """Number, finding, and whether it is new, grown or known."""

    def count(self, state: str) -> int:
        """How many are new, grown or known."""
        return sum(1 for _, _, one in self.states if one == state)


def keep_detections(case: Case, found: Iterable[Found], told: Mapping[str, object]) -> Kept:
    """Keep what a run of rules found, and write the run into the action log, all or nothing.

    `told` is what the log says of the run besides: which rules ran, over what, which did not.
    """
    kept = Kept()
    with case.writing():
        for one in found:
            number, state = _keep(case, one)
            kept.states.append((number, one, state))
        counts = {state: kept.count(state) for state in (NEW, GROWN, KNOWN)}
        listed = [
            {"finding": f"d{number}", "rule": one.rule, "events": len(one.events), "state": state}
            for number, one, state in kept.states[:_MOST_LOGGED]
        ]
        append(case, "detect", {**told, **counts, "findings": listed})
    return kept


def list_detections(case: Case) -> list[Detection]:
    """All findings of rules, the gravest first, then by their first event."""
    rows = case.connection.execute(
        f"SELECT {_COLUMNS} FROM detections ORDER BY "  # noqa: S608 - columns of ours
        "CASE severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 "
        "WHEN 'low' THEN 3 ELSE 4 END, first_ms, id"
    )
    return [_detection(row) for row in rows]


def find_detection(case: Case, name: str) -> Detection:
    """One finding by `d7` or `7`; raises InputError where there is none."""
    digits = name.strip().removeprefix("d")
    row = None
    if digits.isascii() and digits.isdigit() and len(digits) < 18:
        row = case.connection.execute(
            f"SELECT {_COLUMNS} FROM detections WHERE id = ?",  # noqa: S608
            [int(digits)],
        ).fetchone()
    if row is None:
        raise InputError(
            f"no rule made a finding {name!r} in this case",
            cure="`trailtui findings CASE` lists them.",
        )
    return _detection(row)


def events_of(case: Case, number: int) -> list[int]:
    """The ids of the event rows that a finding rests on, in time order."""
    rows = case.connection.execute(
        "SELECT event FROM detection_events WHERE detection = ? ORDER BY event", [number]
    )
    return [row[0] for row in rows]


_COLUMNS = (
    "id, kind, rule, rule_sha256, about, title, severity, content, first_ms, last_ms, events, "
    "found_ms, changed_ms"
)


def _detection(row: Sequence[Any]) -> Detection:
    content = json.loads(row[7])
    return Detection(
        number=row[0], kind=row[1], rule=row[2], rule_sha256=row[3], about=row[4], title=row[5],
        severity=row[6], description=content["description"], attack=tuple(content["attack"]),
        next_step=content["next_step"], origin=content["origin"], detail=content["detail"],
        first_ms=row[8], last_ms=row[9], events=row[10], found_ms=row[11], changed_ms=row[12],
    )  # fmt: skip


def _keep(case: Case, one: Found) -> tuple[int, str]:
    execute = case.connection.execute
    row = execute(
        "SELECT id FROM detections WHERE kind = ? AND rule = ? AND rule_sha256 = ? AND about = ?",
        [one.kind, one.rule, one.rule_sha256, _storable(one.about)],
    ).fetchone()
    number = row[0] if row else _insert(case, one)
    before = execute(
        "SELECT count(*) FROM detection_events WHERE detection = ?", [number]
    ).fetchone()[0]
    case.connection.executemany(
        "INSERT OR IGNORE INTO detection_events (detection, event) VALUES (?, ?)",
        [(number, event) for event in one.events],
    )
    after = execute(
        "SELECT count(*) FROM detection_events WHERE detection = ?", [number]
    ).fetchone()[0]
    if row and after == before:
        return number, KNOWN
    first_ms, last_ms = _span(case, number)
    execute(
        "UPDATE detections SET content = ?, first_ms = ?, last_ms = ?, events = ?, changed_ms = ? "
        "WHERE id = ?",
        [_content(one), first_ms, last_ms, after, now_ms(), number],
    )
    return number, GROWN if row else NEW


def _insert(case: Case, one: Found) -> int:
    at_ms = now_ms()
    row = case.connection.execute(
        "INSERT INTO detections (kind, rule, rule_sha256, about, title, severity, content, events, "
        "found_ms, changed_ms) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?) RETURNING id",
        [one.kind, _storable(one.rule), one.rule_sha256, _storable(one.about),
         _storable(one.title), one.severity, _content(one), at_ms, at_ms],
    ).fetchone()  # fmt: skip
    return int(row[0])


def _content(one: Found) -> str:
    return json.dumps(
        {"description": one.description, "attack": list(one.attack), "next_step": one.next_step,
         "origin": one.origin, "detail": one.detail}
    )  # fmt: skip


def _storable(text: str) -> str:
    """A text that SQLite can hold: lone surrogates of a hostile record made visible."""
    return text.encode("utf-8", "backslashreplace").decode()


def _span(case: Case, number: int) -> tuple[int | None, int | None]:
    """When the first and the last of a finding's events were; None where none has a time."""
    known: list[int] = []
    for direction in ("ASC", "DESC"):
        row = case.connection.execute(
            "SELECT e.id, e.millis, e.flags FROM detection_events d "  # noqa: S608 - two words
            "JOIN event_rows e ON e.id = d.event WHERE d.detection = ? AND e.flags & 64 = 0 "
            f"ORDER BY d.event {direction} LIMIT 1",
            [number],
        ).fetchone()
        at_ms = row_time_ms(*row) if row else None
        if at_ms is not None:
            known.append(at_ms)
    return (known[0], known[1]) if len(known) == 2 else (None, None)
