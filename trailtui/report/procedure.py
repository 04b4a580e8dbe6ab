"""The playbooks that were run, their steps, and what the steps found."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

import yaml

from trailtui.case.file import Case
from trailtui.case.marks import notes
from trailtui.model.redact import redact_text
from trailtui.report.view import PlaybookLine, StepLine


def playbook_lines(case: Case) -> tuple[PlaybookLine, ...]:
    """The playbooks in the order in which they were started."""
    rows = case.connection.execute(
        "SELECT playbook, version, sha256, text, inputs, started_ms FROM playbook_runs ORDER BY id"
    )
    return tuple(
        PlaybookLine(
            playbook,
            str(_parsed(text).get("title", "")),
            version,
            sha256,
            started_ms,
            tuple((name, redact_text(str(value))) for name, value in json.loads(inputs).items()),
        )
        for playbook, version, sha256, text, inputs, started_ms in rows
    )


def step_lines(case: Case) -> tuple[StepLine, ...]:
    """All steps of all playbooks that were run, in their order."""
    lines: list[StepLine] = []
    runs = case.connection.execute("SELECT id, text FROM playbook_runs ORDER BY id").fetchall()
    written: dict[str, list[str]] = {}
    for note in notes(case):
        if note.step:
            written.setdefault(note.step, []).append(redact_text(note.text))
    pinned = dict(
        case.connection.execute("SELECT step, count(*) FROM pins WHERE step <> '' GROUP BY step")
    )
    for run, text in runs:
        rows = {row[0]: row[1:] for row in case.connection.execute(
            "SELECT step, state, decision, reason, result, at_ms FROM step_states WHERE run = ?",
            [run],
        )}  # fmt: skip
        for phase, step in _steps(text):
            name = str(step.get("id", ""))
            state, decision, reason, result, at_ms = rows.get(
                name, ("open", None, None, None, None)
            )
            lines.append(
                StepLine(
                    phase=phase,
                    id=name,
                    title=str(step.get("title", "")).strip(),
                    state=state,
                    decision=decision or "",
                    reason=redact_text(reason or ""),
                    at_ms=at_ms,
                    found=_found(json.loads(result)) if result else (),
                    pinned=int(pinned.get(name, 0)),
                    notes=tuple(written.get(name, [])),
                )
            )
    return tuple(lines)


def truncated_steps(case: Case) -> list[str]:
    """The steps whose result is not all there was, a sentence each."""
    said: list[str] = []
    rows = case.connection.execute("SELECT step, result FROM step_states WHERE result IS NOT NULL")
    for step, result in rows:
        value = json.loads(result)
        if left_out := value.get("left_out"):
            said.append(f"step {step}: {left_out} values were not gone through")
        for part in _parts(value):
            if part.get("truncated"):
                count = len(part.get("rows") or ())
                said.append(f"step {step}: {part.get('kind')} {part.get('name')} shows the first "
                            f"{count} rows, there are more")  # fmt: skip
    return said


def _found(result: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(redact_text(_part_says(part)) for part in _parts(result))


def _part_says(part: Mapping[str, Any]) -> str:
    """One part of a step's result as a sentence."""
    label = f"{part.get('kind')} {part.get('name')}".strip()
    if part.get("each"):
        label += f" for {part['each']}"
    for key, what in (("skipped", "left out"), ("error", "failed"), ("by_hand", "by hand")):
        if part.get(key):
            return f"{label}: {what}, {part[key]}"
    if part.get("plan_hash"):
        return f"{label}: planned for {part.get('target')}, plan {str(part['plan_hash'])[:12]}"
    if part.get("files"):
        return f"{label}: wrote {', '.join(str(f.get('path')) for f in part['files'])}"
    if part.get("columns"):
        count = len(part.get("rows") or ())
        more = ", and there are more" if part.get("truncated") else ""
        looked_at = f"; {part['looked_at']}" if part.get("looked_at") else ""
        return f"{label}: {count} rows{more}{looked_at}"
    return f"{label}: done"


def _parts(result: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    parts = result.get("parts")
    return cast("Sequence[Mapping[str, Any]]", parts) if isinstance(parts, list) else ()


def _steps(text: str) -> list[tuple[str, Mapping[str, Any]]]:
    found: list[tuple[str, Mapping[str, Any]]] = []
    for phase in _maps(_parsed(text).get("phases")):
        found += [(str(phase.get("phase", "")), step) for step in _maps(phase.get("steps"))]
    return found


def _maps(value: object) -> list[Mapping[str, Any]]:
    """The maps of a list; what is something else is left out."""
    if not isinstance(value, list):
        return []
    listed = cast("list[object]", value)
    return [cast("Mapping[str, Any]", item) for item in listed if isinstance(item, dict)]


def _parsed(text: str) -> Mapping[str, Any]:
    """The stored playbook; it was checked when it was started, so an odd one just has no titles."""
    try:
        value: object = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        return {}
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
