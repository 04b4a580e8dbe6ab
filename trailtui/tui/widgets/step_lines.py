"""The lines around a step's panes: title, what it runs, tabs, what was looked at, its needs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from trailtui.model.text import safe
from trailtui.playbook.views import DONE, NOT_APPLICABLE, SKIPPED, StepView
from trailtui.tui.showing import CUT, RULE, fit
from trailtui.tui.widgets.step_rail import step_mark

if TYPE_CHECKING:
    from trailtui.tui.screens.step_walk import Scene

MOST_SAYS = 4
"""Lines over the rows of a result; the rest is counted."""


def heading(scene: "Scene", width: int) -> Text:
    """The step's number and title, and what it runs with which values."""
    step = scene.step
    text = Text(f"{step_mark(step)} {step.number}. {safe(step.title)}", "bold")
    lines = list(scene.will_run)
    if step.collect_wish:
        wish = step.collect_wish
        how = "+ collects" if wish.source == "lookup" else f":collect {wish.source}"
        lines.append(f"first: {how}: {wish.why or step.collect_first}")
    for line in lines:
        text.append("\n")
        wrong = line.startswith(("can't", "first:"))
        text.append(
            fit(line, 2 * width if wrong else width).rstrip(), "bold yellow" if wrong else "dim"
        )
    return text


def tabs(scene: "Scene", shown: str, panes: Sequence[str], width: int) -> Text:
    """The panes with what is in them; the one with the focus in reverse."""
    step = scene.step
    kept = f"{step.pins} pinned, {step.notes} noted" if step.pins or step.notes else "none"
    words = {
        "guide": "Guide",
        "result": f"Result {len(scene.table.rows) if step.result else '-'}",
        "evidence": f"Evidence {kept}",
        "actions": f"Actions {len(step.actions) if step.result else '-'}",
    }
    text = Text(no_wrap=True)
    for pane in panes:
        text.append(f" {words[pane]} ", "bold reverse" if pane == shown else "dim")
        text.append(" ")
    text.append(RULE * max(0, width - text.cell_len), "dim")
    return text


def result_lines(scene: "Scene", width: int) -> Text:
    """What was looked at, what failed, what is missing: never a result without it."""
    text = Text(overflow="fold")
    says = scene.table.says
    for at, (style, line) in enumerate(says[:MOST_SAYS]):
        text.append("\n" if at else "")
        limit = width * max(1, MOST_SAYS - len(says))
        text.append(fit(line, limit).rstrip(), style or "dim")
    if len(says) > MOST_SAYS:
        text.append(f"\n{CUT} and {len(says) - MOST_SAYS} more such lines", "dim")
    return text


def not_run(scene: "Scene") -> str:
    """What stands in the place of rows where there are none."""
    step = scene.step
    if step.result is None and step.run_kind == "manual":
        return "There is nothing to run: do what the guide says, and write a note (n) of it."
    if step.result is None:
        return f"Not run yet. r runs it: {'; '.join(scene.will_run)}."
    if scene.table.columns:
        return "No rows. What was looked at stands above: outside of it, nothing was."
    return ""


def needs_line(scene: "Scene") -> Text:
    """What the step still needs, with the keys; or that it is done."""
    step, mark = scene.step, step_mark(scene.step)
    if step.state == DONE:
        return _ended(scene, f"{mark} done.", "green")
    if step.state == SKIPPED:
        return _ended(scene, f"{mark} skipped: {step.reason}.", "magenta")
    if step.state == NOT_APPLICABLE:
        return _ended(scene, f"Does not apply: {step.reason}.", "dim")
    if not step.needs:
        return Text("Ready: c completes it and goes on.", "bold green")
    text = Text("Needs: ", "bold yellow")
    return text.append(safe("; ".join(_in_short(step))))


def _ended(scene: "Scene", says: str, style: str) -> Text:
    text = Text(safe(says), style)
    if scene.finished:
        return text.append(" The playbook is walked to its end; 7 shows the report.", "bold")
    return text.append(" D goes to the step that is due." if not scene.step.current else "", "dim")


def _in_short(step: StepView) -> list[str]:
    unsettled = [action for action in step.actions if not action.settled]
    short: list[str] = []
    for need in step.needs:
        if need == "run it":
            short.append("run it (r)")
        elif need.startswith("decide:"):
            short.append("decide (d)")
        elif need.startswith("pin an event"):
            short.append("pin (p) or note (n) evidence")
        elif need.startswith("do it by hand"):
            short.append("do it by hand, note (n) what was found")
        elif any(need.startswith(f"{one.action} {one.target} ") for one in unsettled):
            continue
        else:
            short.append(f"{need} (L)")
    if unsettled:
        waiting = ", ".join(sorted({action.state for action in unsettled}))
        count = f"{len(unsettled)} action{'s' if len(unsettled) > 1 else ''} {waiting}"
        short.insert(0, f"{count}: Enter reads, A applies, L leaves out (a)")
    return short
