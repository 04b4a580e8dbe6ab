"""Making a case from what is known when it begins."""

from dataclasses import dataclass
from pathlib import Path

from trailtui.case.file import Case
from trailtui.case.findings import Refusal, take_findings
from trailtui.case.journal import append
from trailtui.case.marks import judge_entity
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError
from trailtui.model.finding import Finding
from trailtui.model.times import format_utc, now_ms


@dataclass(frozen=True, slots=True)
class Opening:
    """What begins a case."""

    entities: tuple[Entity, ...] = ()
    since_ms: int | None = None
    until_ms: int | None = None
    alert: tuple[str, bytes] | None = None
    """Where the alert came from, and its bytes."""
    findings: tuple[Finding, ...] = ()
    """What the alert says (trailtui.detect.intake reads it)."""
    refused: tuple[Refusal, ...] = ()
    """What in the alert is no finding."""


def open_new_case(path: Path, opening: Opening) -> Case:
    """Make the case, keep the alert as evidence, note its findings, the entities and the window.

    An end of the window that was not given is the findings' end; without findings it is open.
    Raises InputError where the case exists or the window is empty.
    """
    since, until = opening.since_ms, opening.until_ms
    if since is not None and until is not None and since >= until:
        raise InputError("the time window is empty", cure="--from must be before --to.")
    case = Case.create(path)
    try:
        _begin(case, opening)
    except BaseException:
        case.close()
        path.unlink()
        raise
    return case


def _begin(case: Case, opening: Opening) -> None:
    window = _window(opening)
    since, until = window["since_ms"], window["until_ms"]
    with case.writing():
        case.set_setting("window", window)
        case.set_setting("created_ms", now_ms())
        append(
            case,
            "case-created",
            {
                "case": case.name,
                "entities": [[entity.kind, entity.value] for entity in opening.entities],
                "since": format_utc(since) if isinstance(since, int) else None,
                "until": format_utc(until) if isinstance(until, int) else None,
                "from_findings": window["from_findings"],
            },
        )
        for entity in opening.entities:
            judge_entity(case, entity, "given", "named when the case was made")
        if opening.alert:
            take_findings(
                case, *opening.alert, opening.findings, opening.refused, kind="alert", widen=False
            )


def _window(opening: Opening) -> dict[str, object]:
    """The case's window; `from_findings` names the ends that nobody gave.

    Those say where to look first. They are no bound of what is looked at: an intruder that a
    finding saw for an hour may have come before it and be at work still.
    """
    since, until = opening.since_ms, opening.until_ms
    begins = [one.window.since_ms for one in opening.findings if one.window.since_ms is not None]
    ends = [one.window.until_ms for one in opening.findings if one.window.until_ms is not None]
    taken: list[str] = []
    if since is None and begins and (until is None or min(begins) < until):
        since, taken = min(begins), ["since_ms"]
    if until is None and ends and (since is None or max(ends) > since):
        until, taken = max(ends), [*taken, "until_ms"]
    return {"since_ms": since, "until_ms": until, "from_findings": taken}
