"""Making a case from what is known when it begins."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from trailtui.case.acquired import Acquired
from trailtui.case.coding import Coded
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.case.loading import Loader
from trailtui.case.marks import judge_entity
from trailtui.case.packing import pack
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError
from trailtui.model.times import format_utc, now_ms


@dataclass(frozen=True, slots=True)
class Opening:
    """What begins a case."""

    entities: tuple[Entity, ...] = ()
    since_ms: int | None = None
    until_ms: int | None = None
    alert: tuple[str, bytes] | None = None
    """Where the alert came from, and its bytes."""


def open_new_case(path: Path, opening: Opening) -> Case:
    """Make the case, keep the alert as evidence, note the entities and the time window.

    Raises InputError where the case exists or the window is empty.
    """
    since, until = opening.since_ms, opening.until_ms
    if since is not None and until is not None and since >= until:
        raise InputError("the time window is empty", cure="--from must be before --to.")
    case = Case.create(path)
    window = {"since_ms": since, "until_ms": until}
    with case.writing():
        case.set_setting("window", window)
        case.set_setting("created_ms", now_ms())
        append(
            case,
            "case-created",
            {
                "case": case.name,
                "entities": [[entity.kind, entity.value] for entity in opening.entities],
                "since": None if since is None else format_utc(since),
                "until": None if until is None else format_utc(until),
            },
        )
        for entity in opening.entities:
            judge_entity(case, entity, "given", "named when the case was made")
        if opening.alert:
            _keep_alert(case, *opening.alert)
    return case


def _keep_alert(case: Case, origin: str, data: bytes) -> None:
    """The alert's exact bytes become evidence; it holds no events."""
    digest = hashlib.sha256(data).hexdigest()
    alert = Acquired(
        origin=origin,
        sha256=digest,
        kind="alert",
        packing="gzip" if data[:2] == b"\x1f\x8b" else "plain",
        size=len(data),
        content_size=len(data),
        chunks=list(pack(data)),
        coded=Coded(),
        problems=[],
    )
    loader = Loader(case)
    loader.begin()
    loader.load(alert)
    append(case, "alert", {"origin": origin, "sha256": digest, "size": len(data)})
