"""Walking a playbook: run a step, decide, pin, plan and apply, complete or skip.

`PlaybookRun` holds nothing but the case and the run's number: everything else is read from the
case when it is asked, and each change is one transaction together with its entry in the action
log. So a process may be killed at any moment, and two responders may walk side by side.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from trailtui.case import journal
from trailtui.case.file import Case
from trailtui.model.errors import InputError, TrailtuiError
from trailtui.model.text import safe
from trailtui.model.times import now_ms
from trailtui.playbook import store, viewing
from trailtui.playbook.collecting import Going
from trailtui.playbook.document import Playbook, Step
from trailtui.playbook.inputs import known_inputs, read_input, read_inputs
from trailtui.playbook.load import load_text
from trailtui.playbook.ordering import orders_of
from trailtui.playbook.performing import OpenAws, Order, perform
from trailtui.playbook.result import Part, StepResult
from trailtui.playbook.standing import Standings
from trailtui.playbook.store import StepRow
from trailtui.playbook.template import Scalar
from trailtui.playbook.views import PhaseView, StepView

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession
    from trailtui.respond.run import Outcome

SHORTEST_HASH = 12
"""Digits of a plan's hash that are enough to name it."""


class PlaybookRun:
    """One playbook being walked in one case. Made by `start` or `resume`."""

    def __init__(self, case: Case, run_id: int) -> None:
        self.case = case
        row = store.read_run(case, run_id)
        self.id = row.id
        self.started_ms = row.started_ms
        self.playbook: Playbook = load_text(row.text, f"{case.name}: playbook {row.playbook}")

    @classmethod
    def start(
        cls, case: Case, playbook: Playbook, inputs: Mapping[str, Scalar] | None = None
    ) -> Self:
        """Begin `playbook`; its text and SHA-256 are kept in the case.

        An input that is not given is taken from what the case knows: the one entity of its type
        that the alert named, the case's time window. Raises InputError for a wrong, unknown or
        lacking input.
        """
        values = read_inputs(playbook, inputs or {}, known_inputs(case, playbook))
        with case.writing():
            run_id = store.add_run(case, playbook, values)
            journal.append(
                case,
                "playbook-started",
                {
                    "run": run_id,
                    "playbook": playbook.id,
                    "version": playbook.version,
                    "sha256": playbook.sha256,
                    "from": playbook.path,
                    "inputs": values,
                },
            )
        return cls(case, run_id)

    @classmethod
    def resume(cls, case: Case, run_id: int | None = None) -> Self:
        """The run of that number, else the newest. Raises InputError where there is none."""
        return cls(case, store.read_run(case, run_id).id)

    @classmethod
    def find(cls, case: Case) -> Self | None:
        """The newest run, or None where no playbook was started."""
        row = case.connection.execute("SELECT max(id) FROM playbook_runs").fetchone()
        return None if row[0] is None else cls(case, row[0])

    # What is seen

    @property
    def inputs(self) -> dict[str, Scalar]:
        """The inputs that have a value."""
        return store.read_run(self.case, self.id).inputs

    def phases(self) -> tuple[PhaseView, ...]:
        """The phases with all steps as they stand now."""
        return viewing.phase_views(self)

    def steps(self) -> tuple[StepView, ...]:
        """All steps in order."""
        return tuple(step for phase in self.phases() for step in phase.steps)

    def step(self, step_id: str) -> StepView:
        """One step. Raises InputError where the playbook has none of that id."""
        self._step(step_id)
        return next(step for step in self.steps() if step.id == step_id)

    def next_step(self) -> StepView | None:
        """The step that is due; None where all is done."""
        return next((step for step in self.steps() if step.current), None)

    @property
    def finished(self) -> bool:
        """Whether no step is left."""
        return self.next_step() is None

    def standings(self) -> Standings:
        """Where each step stands, without what a screen shows of it."""
        rows = store.read_steps(self.case, self.id)
        return Standings(self.case, self.playbook, self.inputs, rows)

    # What is done

    def set_input(self, name: str, value: Scalar) -> None:
        """Give or change an input. Steps that have run keep the result they have."""
        item = self.playbook.input(name)
        if item is None:
            known = ", ".join(given.name for given in self.playbook.inputs) or "none"
            raise InputError(f"the playbook has no input {name!r}", cure=f"Its inputs: {known}.")
        read = read_input(name, item.type, value)
        with self.case.writing():
            store.write_inputs(self.case, self.id, {**self.inputs, name: read})
            self._log("playbook-input", None, {"input": name, "value": read})

    def run_step(
        self, step_id: str, *, open_aws: OpenAws | None = None, going: Going = lambda _: True
    ) -> StepView:
        """Run a step, or run it again, which opens a finished one anew; its result is kept.

        `going` hears how far a collect is, and may stop it: what came is kept.
        Where one of several values fails, the others are run all the same and the failure is part
        of the result. Raises TrailtuiError where nothing succeeded; that is logged too.
        """
        step = self._step(step_id)
        orders, left_out = orders_of(self.playbook, step, self.standings(), self.inputs)
        parts: list[Part] = []
        failures: list[TrailtuiError] = []
        for order in orders:
            try:
                parts.append(perform(self.case, order, open_aws, going))
            except TrailtuiError as error:
                failures.append(error)
                parts.append(_failed(order, error))
        result = StepResult(tuple(parts), now_ms(), left_out)
        with self.case.writing():
            row = self._row(step_id)
            if len(failures) < len(parts):
                kept = replace(row, state="ran", reason="", result=result)
                store.write_step(self.case, self.id, step_id, kept)
            before = {"reopened": row.state} if row.state in ("done", "skipped") else {}
            self._log("step-ran", step_id, {**_what_ran(result), **before})
        if failures and len(failures) == len(parts):
            raise failures[0]
        return self.step(step_id)

    def decide(self, step_id: str, option_id: str) -> StepView:
        """Answer a step's question. Raises InputError for an unknown option, or before it ran."""
        step = self._step(step_id)
        if step.decide is None:
            raise InputError(f"step {step_id} asks nothing", cure="Complete it.")
        option = step.decide.option(option_id)
        if option is None:
            allowed = ", ".join(item.id for item in step.decide.options)
            raise InputError(
                f"step {step_id} has no option {option_id!r}", cure=f"Allowed: {allowed}."
            )
        with self.case.writing():
            row = self._row(step_id)
            self._refuse_finished(step_id, row)
            if row.state == "open" and viewing.has_to_run(step):
                raise InputError(f"step {step_id} has not run yet", cure="Run it first.")
            decided = replace(row, decision=option_id)
            store.write_step(self.case, self.id, step_id, decided)
            self._log(
                "decision",
                step_id,
                {
                    "question": step.decide.question,
                    "option": option_id,
                    "means": option.means,
                    "before": row.decision or None,
                },
            )
        return self.step(step_id)

    def complete(self, step_id: str) -> StepView:
        """Say that a step is done. Raises InputError naming all that it still needs."""
        self._step(step_id)
        with self.case.writing():
            view = self.step(step_id)
            row = self._row(step_id)
            self._refuse_finished(step_id, row)
            if view.needs:
                raise InputError(
                    f"step {step_id} can't be completed: {'; '.join(view.needs)}",
                    cure="Do that, or skip the step with the reason.",
                )
            store.write_step(self.case, self.id, step_id, replace(row, state="done"))
            self._log(
                "step-done",
                step_id,
                {"decision": row.decision or None, "pins": view.pins, "notes": view.notes},
            )
        return self.step(step_id)

    def skip(self, step_id: str, reason: str) -> StepView:
        """Leave a step undone. Raises InputError without a reason, or where it is done already."""
        self._step(step_id)
        said = _reason(reason, f"skipping step {step_id}")
        with self.case.writing():
            row = self._row(step_id)
            self._refuse_finished(step_id, row)
            skipped = replace(row, state="skipped", reason=said)
            store.write_step(self.case, self.id, step_id, skipped)
            self._log("step-skipped", step_id, {"reason": said, "had_run": row.state == "ran"})
        return self.step(step_id)

    def skip_part(self, step_id: str, label: str, reason: str) -> StepView:
        """Leave one action, or one value that failed, undone.

        `label` is its target or value, as it is or as a screen shows it. Raises InputError without
        a reason, or where the step has none of that label.
        """
        said = _reason(reason, f"leaving out {label}")
        with self.case.writing():
            row = self._row(step_id)
            self._refuse_finished(step_id, row)
            parts = row.result.parts if row.result else ()
            chosen = [part for part in parts if label in (part.label, safe(part.label))]
            if row.result is None or not chosen:
                known = ", ".join(part.label for part in parts) or "nothing"
                raise InputError(f"step {step_id} has no {label!r}", cure=f"It has: {known}.")
            kept = tuple(part.skipped_because(said) if part in chosen else part for part in parts)
            result = replace(row.result, parts=kept)
            store.write_step(self.case, self.id, step_id, replace(row, result=result))
            self._log(
                "step-skipped",
                step_id,
                {"part": chosen[0].label, "plan": chosen[0].plan_hash or None, "reason": said},
            )
        return self.step(step_id)

    def pin(self, step_id: str, event_id: int, reason: str = "") -> StepView:
        """Pin an event (by its row id) as this step's evidence."""
        from trailtui.case.events import by_ids
        from trailtui.case.marks import pin_event

        step = self._step(step_id)
        events = by_ids(self.case, [event_id])
        if not events:
            raise InputError(f"there is no event #{event_id} in this case")
        pin_event(self.case, events[0], step=step_id, reason=reason or step.title)
        return self.step(step_id)

    def note(self, step_id: str, text: str) -> StepView:
        """Write a note for this step."""
        from trailtui.case.marks import add_note

        self._step(step_id)
        add_note(self.case, text, step=step_id)
        return self.step(step_id)

    def apply_action(
        self, step_id: str, reference: str, confirmation: str, aws: "AwsSession"
    ) -> "Outcome":
        """Carry out an action that the step planned, and log it for the step.

        `reference` is the plan's hash, 12 digits of it are enough; `confirmation` what the
        responder typed: the target (console) or that hash (command line). Raises InputError for
        a plan of another step, and what respond.run.apply raises: unarmed, drifted, refused.
        """
        from trailtui.respond.run import apply

        view = self.step(step_id)
        word = reference.strip().lower()
        hashes = [action.plan_hash for action in view.actions if action.plan_hash]
        found = [one for one in hashes if len(word) >= SHORTEST_HASH and one.startswith(word)]
        if len(found) != 1:
            raise InputError(
                f"step {step_id} has no plan {reference!r}",
                cure="Run the step to see its plans; `trailtui contain CASE list` has all of them.",
            )
        return apply(self.case, aws, found[0], confirmation)

    # Inside

    def _step(self, step_id: str) -> Step:
        for _, step in self.playbook.steps():
            if step.id == step_id:
                return step
        known = ", ".join(step.id for _, step in self.playbook.steps())
        raise InputError(f"the playbook has no step {step_id!r}", cure=f"Its steps: {known}.")

    def _row(self, step_id: str) -> StepRow:
        self._step(step_id)
        return store.read_steps(self.case, self.id).get(step_id, StepRow())

    @staticmethod
    def _refuse_finished(step_id: str, row: StepRow) -> None:
        if row.state in ("done", "skipped"):
            raise InputError(f"step {step_id} is {row.state}", cure="Run it again to open it anew.")

    def _log(self, kind: str, step_id: str | None, what: Mapping[str, object]) -> None:
        where: dict[str, object] = {"run": self.id, "playbook": self.playbook.id}
        if step_id is not None:
            where["step"] = step_id
        journal.append(self.case, kind, {**where, **what})


def _failed(order: Order, error: TrailtuiError) -> Part:
    target = str(order.parameters.get("target", "")) if order.run.kind == "action" else ""
    return Part(
        order.run.kind, order.run.name, dict(order.parameters), order.each,
        target=target, error=str(error),
    )  # fmt: skip


def _what_ran(result: StepResult) -> dict[str, object]:
    """What the action log says of a run: each part with its parameters, row count and digest."""
    parts: list[dict[str, object]] = []
    for part in result.parts:
        entry: dict[str, object] = {"kind": part.kind, "name": part.name, "with": part.parameters}
        if part.each is not None:
            entry["each"] = part.each
        if part.columns:
            entry |= {"rows": len(part.rows), "truncated": part.truncated, "sha256": part.digest}
        if part.files:
            entry["files"] = [{"path": file.path, "sha256": file.sha256} for file in part.files]
        for key in ("target", "plan_hash", "by_hand", "error"):
            if value := getattr(part, key):
                entry[key] = value
        parts.append(entry)
    return {"parts": parts, "left_out": result.left_out}


def _reason(reason: str, what: str) -> str:
    said = reason.strip()
    if not said:
        raise InputError(f"{what} needs a reason", cure="Give one: --reason TEXT.")
    return said
