"""Making the views of a run: what is stored, and what is still needed, in words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trailtui.case.fetches import all_fetches
from trailtui.case.file import Case
from trailtui.collect.lookup import LookupWish
from trailtui.model.errors import InputError
from trailtui.playbook import store
from trailtui.playbook.collecting import attributes_in, command_of
from trailtui.playbook.document import Step
from trailtui.playbook.result import Part, StepResult
from trailtui.playbook.standing import Standing
from trailtui.playbook.template import Scalar, fill, names_in
from trailtui.playbook.views import (
    DONE,
    NOT_APPLICABLE,
    OPEN,
    SKIPPED,
    ActionView,
    CollectWish,
    OptionView,
    PhaseView,
    StepView,
)

if TYPE_CHECKING:
    from trailtui.playbook.runner import PlaybookRun


def phase_views(run: "PlaybookRun") -> tuple[PhaseView, ...]:
    """All phases of `run` as they stand now."""
    standings = run.standings()
    current = standings.next_step()
    inputs = run.inputs
    phases: list[PhaseView] = []
    number = 0
    for phase in run.playbook.phases:
        views: list[StepView] = []
        for step in phase.steps:
            number += 1
            standing = standings.by_id[step.id]
            views.append(_step_view(run, standing, number, inputs, is_current=step is current))
        phases.append(PhaseView(phase.phase, _filled(phase.guide, inputs), tuple(views)))
    return tuple(phases)


def has_to_run(step: Step) -> bool:
    """Whether there is anything to run before a step can be decided or completed."""
    return step.run.kind != "manual"


def _step_view(
    run: "PlaybookRun",
    standing: Standing,
    number: int,
    inputs: Mapping[str, Scalar],
    *,
    is_current: bool,
) -> StepView:
    step, row = standing.step, standing.row
    state, reason = row.state, row.reason
    if state == OPEN and not standing.applies:
        state = NOT_APPLICABLE
    if state in (OPEN, NOT_APPLICABLE):
        reason = "" if standing.verdict.holds else standing.verdict.reason
    pins, notes = store.count_evidence(run.case, step.id, run.started_ms)
    actions = _action_views(run.case, row.result)
    wish = _collect_wish(run.case, step, inputs) if state == OPEN else None
    needs = () if state in (DONE, SKIPPED) else _needs(standing, actions, pins, notes)
    return StepView(
        id=step.id,
        number=number,
        phase=standing.phase,
        title=step.title,
        guide=_filled(step.guide, inputs),
        state=state,
        reason=reason,
        runs=_runs(step),
        run_kind=step.run.kind,
        question=step.decide.question if step.decide else "",
        options=tuple(
            OptionView(option.id, option.means, option.next, option.id == row.decision)
            for option in (step.decide.options if step.decide else ())
        ),
        decision=row.decision,
        evidence_required=step.evidence_required,
        pins=pins,
        notes=notes,
        result=row.result,
        actions=actions,
        needs=needs,
        collect_first=_collect_first(run.case, wish) if wish else "",
        collect_wish=wish,
        current=is_current,
    )


def _filled(guide: str, inputs: Mapping[str, Scalar]) -> str:
    def look_up(name: str, _column: str | None) -> Scalar:
        return inputs.get(name, f"({name} not given)")

    # Blanks around it, so that a guide which is one template stays text.
    return str(fill(f"{guide}\n", look_up)).strip() if guide else ""


def _runs(step: Step) -> str:
    words = f"{step.run.kind} {step.run.name}" if step.run.kind != "manual" else "by hand"
    return f"{words}, for each {', '.join(step.for_each)}" if step.for_each else words


def _needs(
    standing: Standing, actions: tuple[ActionView, ...], pins: int, notes: int
) -> tuple[str, ...]:
    step, row = standing.step, standing.row
    needs: list[str] = []
    if row.state == OPEN and has_to_run(step):
        needs.append("run it")
    for part in row.result.parts if row.result else ():
        if part.error and not part.target and not part.skipped:
            needs.append(f"{part.label} failed: run it again, or leave it out with the reason")
        if part.by_hand and not notes:
            needs.append("do it by hand and write a note of what was found")
    for action in actions:
        if not action.settled:
            needs.append(_need_of(action))
    if step.decide and not row.decision:
        options = ", ".join(option.id for option in step.decide.options)
        needs.append(f"decide: {step.decide.question} ({options})")
    if step.evidence_required and not pins and not notes:
        needs.append("pin an event or write a note as evidence")
    return tuple(needs)


def _need_of(action: ActionView) -> str:
    what = f"{action.action} {action.target}"
    match action.state:
        case "planned":
            return f"{what} is planned: apply it, or leave it out with the reason"
        case "executing" | "unknown":
            return f"{what} is {action.state}: read its state back (`trailtui contain CASE verify`)"
        case "not-planned":
            return (
                f"{what} could not be planned: run the step again, or leave it out with the reason"
            )
        case state:
            return f"{what} is {state}: plan it again, or leave it out with the reason"


def _action_views(case: Case, result: StepResult | None) -> tuple[ActionView, ...]:
    parts = [part for part in (result.parts if result else ()) if part.kind == "action"]
    return tuple(_action_view(case, part) for part in parts if part.target)


def _action_view(case: Case, part: Part) -> ActionView:
    row = case.connection.execute(
        "SELECT state FROM actions WHERE plan_hash = ?", [part.plan_hash]
    ).fetchone()
    if part.already:
        return ActionView(part.target, part.name, "", "already-so", part.already)
    state = str(row[0]) if row else "not-planned"
    if part.skipped and state in ("planned", "not-planned", "failed", "not-holding", "unknown"):
        return ActionView(part.target, part.name, part.plan_hash, "skipped", part.skipped)
    return ActionView(part.target, part.name, part.plan_hash, state, part.error)


def _collect_wish(case: Case, step: Step, inputs: Mapping[str, Scalar]) -> CollectWish | None:
    """What to fetch before the step can find anything; None where the case has it."""
    if not step.collect_source:
        return None
    filled = {
        key: fill(value, lambda name, _: inputs[name])
        for key, value in step.collect_with.items()
        if all(name in inputs for name, _ in names_in(value))
    }
    wish = CollectWish(step.collect_source, filled, step.collect_why)
    return wish if _lacks(case, wish) else None


def _lacks(case: Case, wish: CollectWish) -> bool:
    """Whether the case has no events, or never had an answer to what is wished for."""
    if not _has_events(case):
        return True
    if wish.source != "lookup":
        return False
    try:
        asked = LookupWish(tuple(attributes_in(wish.parameters))).asked
    except InputError:  # said when it is run
        return True
    covering = {None, str(asked) if asked else None}
    return not any(
        fetch.unit.question.get("filter") in covering
        for fetch in all_fetches(case, sources=("lookup",))
        if fetch.state.whole or fetch.reached_ms is not None
    )


def _has_events(case: Case) -> bool:
    return case.connection.execute("SELECT 1 FROM event_rows LIMIT 1").fetchone() is not None


def _collect_first(case: Case, wish: CollectWish) -> str:
    """The wish in words, and the command that fulfils it."""
    why = f": {wish.why}" if wish.why else ""
    lacking = "the event history was not asked for this"
    what = lacking if _has_events(case) else "the case has no events yet"
    return f"{what}{why}; `{command_of(case.name, wish.source, wish.parameters)}`"
