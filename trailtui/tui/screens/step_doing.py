"""What the responder does with a step: run, decide, pin, note, skip, complete; and start one.

Each is one call of the playbook's runner in a lane, as the command line makes it. What the case
holds afterwards is read anew, and shown.
"""

from collections.abc import Callable
from functools import partial

from textual.timer import Timer

from trailtui.case import marks
from trailtui.case.events import EventRow, by_ids
from trailtui.case.file import Case
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError, TrailtuiError
from trailtui.model.text import safe
from trailtui.model.times import now_ms
from trailtui.playbook.runner import PlaybookRun
from trailtui.playbook.views import DONE, OPEN, SKIPPED, ActionView, StepView
from trailtui.respond.run import Outcome
from trailtui.tui.filter_line import FilterLine
from trailtui.tui.places import Place
from trailtui.tui.record_lines import read_event
from trailtui.tui.screens.actions_flow import Containing
from trailtui.tui.screens.report_flow import Reporting
from trailtui.tui.screens.step_start import InputsForm, Offer
from trailtui.tui.screens.step_walk import FILE_COLUMNS, Scene
from trailtui.tui.session import CaseSession
from trailtui.tui.widgets.decision import DecisionBox
from trailtui.tui.widgets.result_rows import ResultRows

ASKING = frozenset({"note", "skip", "leave-out", "tag"})
"""Commands that ask for a line when they are given none."""
HELD = ASKING | {
    "run", "decide", "pin", "complete", "next-step", "previous-step", "pivot", "reference",
    "apply", "undo", "onward", "other-pane",
}  # fmt: skip
"""Commands that are about the step that is shown."""


class DoesSteps(Containing, Reporting):
    """The commands of a step. The screen says what is shown and chosen."""

    result: ResultRows

    def __init__(self, session: CaseSession) -> None:
        super().__init__(session)
        self.scene: Scene | None = None
        self.wanted_step = ""
        """The step to be shown; empty: the one that is due."""
        self.deciding = False
        self.settled = False
        """Whether the step that is shown is the one that commands are meant for."""
        self._ahead: list[tuple[str, str]] = []
        self._step_run = ""
        self._stop: Callable[[], None] | None = None
        self._run_number = 0
        self._ticker: Timer | None = None

    # What the screen says

    def reread_step(self) -> None:
        """Read the step again and show it."""

    def chosen_event(self) -> int | None:
        """The row id of the event under the cursor."""
        return None

    def chosen_entity(self) -> Entity:
        """What the value under the cursor is; raises InputError where it is nothing to follow."""
        return self.result.entity()

    def chosen_action(self) -> ActionView | None:
        """The action under the cursor."""
        return None

    def go_to_pane(self, pane: str) -> None:
        """Show a pane."""

    def choose_pane(self) -> None:
        """Let the step that comes say which pane is shown."""

    def stop_deciding(self) -> None:
        """Put the question away."""

    def actions_changed(self) -> None:
        self.reread_step()

    def carry_out(self, case: Case, plan_hash: str, typed: str) -> Outcome:
        step = self._step_of_plan(plan_hash)
        if step is None:
            return super().carry_out(case, plan_hash, typed)
        run = PlaybookRun.resume(case)
        return run.apply_action(step.id, plan_hash, typed, self.session.aws())

    def _step_of_plan(self, plan_hash: str) -> StepView | None:
        step = self.scene.step if self.scene else None
        hashes = [action.plan_hash for action in step.actions] if step else []
        return step if plan_hash in hashes else None

    # Keys typed ahead

    def perform(self, name: str, argument: str = "") -> None:
        """Keep a command until its step is shown: typed ahead, it must not hit the one before."""
        if self.settled or name not in HELD:
            super().perform(name, argument)
        elif argument or name not in ASKING:
            self._ahead.append((name, argument))
        else:
            self.ask(f"{name}:", lambda text: self.perform(name, text))

    def settle(self) -> None:
        """The step is shown: carry out what was typed ahead."""
        self.settled = True
        while self._ahead and self.settled:
            name, argument = self._ahead.pop(0)
            self.guarded(partial(self.perform, name, argument))

    # Moving through the steps

    def show_step(self, step_id: str) -> None:
        """Go to a step."""
        self.deciding = False
        self.wanted_step = step_id
        self.settled = False
        self.choose_pane()
        self.reread_step()

    def do_next_step(self, _: str) -> None:
        if self.scene:
            self.show_step(self.scene.neighbour(1))

    def do_previous_step(self, _: str) -> None:
        if self.scene:
            self.show_step(self.scene.neighbour(-1))

    def do_due(self, _: str) -> None:
        self.show_step("")

    def do_go(self, argument: str) -> None:
        if not self.scene:
            return
        if not argument:
            ids = [step.id for step in self.scene.steps]
            self.ask("step:", self.do_go, suggestions=ids)
            return
        known = {step.id: step.id for step in self.scene.steps}
        known |= {str(step.number): step.id for step in self.scene.steps}
        if argument not in known:
            raise InputError(f"the playbook has no step {argument!r}", cure="J and K walk them.")
        self.show_step(known[argument])

    # Running

    def do_run(self, _: str) -> None:
        step = self._step()
        if step.run_kind == "manual":
            self.say("There is nothing to run: do it by hand, write a note (n), then c.")
        elif self._step_run:
            self.say(f"{self._step_run} is still running; Esc stops it.")
        elif step.state in (DONE, SKIPPED):
            self.ask(
                f"{step.id} is {step.state}. Enter: run it again, which opens it anew",
                lambda _: self._run(step),
                empty_too=True,
            )
        else:
            self._run(step)

    def _run(self, step: StepView) -> None:
        asks_aws = step.run_kind == "action"
        session = self.session
        lane = session.act if asks_aws else session.slow
        self._step_run, self._run_number = step.id, self._run_number + 1
        number = self._run_number
        group = "run-aws" if asks_aws else "run"
        self._stop = None if asks_aws else partial(lane.drop, f"{id(self)} {group}")
        started_ms = now_ms()

        def tell() -> None:
            self._tell_running(step, asks_aws, (now_ms() - started_ms) // 1000)

        tell()
        self._ticker = self.set_interval(1, tell)

        def failed(error: TrailtuiError) -> None:
            if self._run_number == number:
                self._end_running()
                self.fail(error)
            self.reread_step()

        def done(view: StepView) -> None:
            if self._run_number == number:
                self._end_running()
                self._tell_ran(view)
                if self.scene and self.scene.step.id == step.id:
                    self.go_to_pane("actions" if asks_aws else "result")
            self.reread_step()

        self.work_in(
            lane,
            group,
            lambda case: PlaybookRun.resume(case).run_step(step.id, open_aws=session.aws),
            done,
            failed=failed,
            replace=not asks_aws,
        )

    def _tell_running(self, step: StepView, asks_aws: bool, seconds: int) -> None:
        since = f" {seconds} s" if seconds else ""
        if asks_aws:
            self.say(f"{step.id}: reading from AWS what there is to plan…{since}", "bold")
        else:
            self.say(f"{step.id}: {step.runs}…{since}   Esc stops it", "bold")

    def _tell_ran(self, view: StepView) -> None:
        parts = view.result.parts if view.result else ()
        failed = sum(bool(part.error) for part in parts)
        files = [file for part in parts for file in part.files]
        if failed:
            self.say(f"{failed} of {len(parts)} could not be done; see above the rows.", "bold red")
        elif files:
            hashed = "root hash" if view.runs == "report bundle" else "SHA-256"
            lines = [f"\n  {file.path}\n  {hashed} {file.sha256}" for file in files]
            self.notice.show_text("Written (y copies it)", "".join(lines))
        elif view.run_kind == "action":
            planned = sum(action.state == "planned" for action in view.actions)
            self.say(f"{planned} planned; nothing was sent. Enter reads a plan, A applies it.")
        else:
            rows = sum(len(part.rows) for part in parts)
            self.say(f"{rows:,} {'row' if rows == 1 else 'rows'}.")

    def _end_running(self) -> None:
        self._step_run, self._stop = "", None
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
        self.say("")

    def cancel_running(self) -> bool:
        """Stop what runs, where that can be; tells whether something was stopped."""
        stop, running = self._stop, self._step_run
        if not running or stop is None:
            return False
        self._run_number += 1  # what still comes of it is not shown
        self._end_running()
        stop()
        self.say(f"{running} was stopped; its result is as it was before.", "yellow")
        return True

    # Deciding, completing, skipping

    def do_decide(self, argument: str) -> None:
        step = self._step()
        if not step.question:
            self.say("This step asks nothing; c completes it.")
        elif argument:
            by_number = {str(at): option.id for at, option in enumerate(step.options, 1)}
            self._decide(step, by_number.get(argument, argument))
        elif step.state in (DONE, SKIPPED):
            self.say(f"{step.id} is {step.state}: r runs it again, which opens it anew.")
        elif step.state == OPEN and step.run_kind != "manual":
            self.say("Run it first (r): the decision rests on what it finds.")
        else:
            self.deciding = True
            self.focus_home()
            self.refresh_chrome()

    def on_decision_box_picked(self, message: DecisionBox.Picked) -> None:
        step = self._step()
        self.guarded(lambda: self._decide(step, message.option_id))

    def _decide(self, step: StepView, option_id: str) -> None:
        self.stop_deciding()
        self._change(
            lambda run: run.decide(step.id, option_id), f"Decided: {option_id}. It is in the log."
        )

    def do_complete(self, _: str) -> None:
        step = self._step()
        self._change(lambda run: run.complete(step.id), f"{step.id} is done.", go_on=True)

    def do_skip(self, argument: str) -> None:
        step = self._step()
        if argument:
            self._change(
                lambda run: run.skip(step.id, argument), f"{step.id} is skipped.", go_on=True
            )
        elif step.state in (DONE, SKIPPED):
            self.say(f"{step.id} is {step.state} already.")
        else:
            self.ask(f"skip {step.id}, because:", self.do_skip)

    def do_leave_out(self, argument: str) -> None:
        step, action = self._step(), self.chosen_action()
        row = self.result.row
        label = action.target if action else row.each if row else None
        if action is None and step.result:
            failed = [part.label for part in step.result.parts if part.error and not part.skipped]
            label = failed[0] if failed else label
        if not label:
            self.say("Nothing here can be left out; s skips the whole step.")
        elif argument:
            self._change(lambda run: run.skip_part(step.id, label, argument), f"Left out: {label}.")
        else:
            self.ask(f"leave out {label}, because:", self.do_leave_out)

    def do_input(self, argument: str) -> None:
        name, _, value = argument.partition(" ")
        if not value.strip():
            raise InputError("an input needs its name and a value", cure=":input NAME VALUE")

        def change(run: PlaybookRun) -> None:
            run.set_input(name, value.strip())

        self._change(change, f"{name} is {value.strip()}; steps that ran keep their result.")

    def _change(
        self, change: Callable[[PlaybookRun], object], says: str, *, go_on: bool = False
    ) -> None:
        """Change the run in the writing lane; with `go_on`, the step that is due comes next."""

        def failed(error: TrailtuiError) -> None:
            self._ahead.clear()  # meant for what did not come about
            self.fail(error)
            self.settle()

        self.settled = False

        def done(_: object) -> None:
            self.say(says, "green")
            if go_on:
                self.show_step("")
            else:
                self.reread_step()

        self.work_in(
            self.session.write,
            "change",
            lambda case: change(PlaybookRun.resume(case)),
            done,
            failed=failed,
            replace=False,
        )

    def _step(self) -> StepView:
        if self.scene is None:
            raise InputError("no playbook was started in this case", cure="Enter starts one.")
        return self.scene.step

    # Evidence

    def do_pin(self, argument: str) -> None:
        step, event = self._step(), self.chosen_event()
        if event is None:
            self.say("No event stands behind this; n writes a note instead.")
            return

        def pin(case: Case) -> str:
            row = _event(case, event)
            if row.pinned and not argument:
                marks.unpin_event(case, row)
                return f"No longer pinned: {row.name}."
            PlaybookRun.resume(case).pin(step.id, event, argument)
            return f"Pinned for {step.id}: {row.name}."

        self._mark(pin)

    def do_note(self, argument: str) -> None:
        if self.scene is None:
            super().do_note(argument)
            return
        step, event = self.scene.step, self.chosen_event()
        if not argument:
            what = f"note to {step.id}" + (" and the event" if event is not None else "")
            self.ask(f"{what}:", self.do_note)
            return

        def note(case: Case) -> str:
            marks.add_note(case, argument, step=step.id, event=event)
            return f"The note is written, for {step.id}."

        self._mark(note)

    def do_tag(self, argument: str) -> None:
        event = self.chosen_event()
        if event is None:
            self.say("No event stands behind this.")
            return
        if not argument:
            self.ask("tag (-TAG takes it away):", self.do_tag)
            return

        def tag(case: Case) -> str:
            row = _event(case, event)
            if argument.startswith("-"):
                marks.untag_event(case, row, argument[1:])
                return f"Tag taken away: {argument[1:]}."
            marks.tag_event(case, row, argument)
            return f"Tagged {row.name}: {argument}."

        self._mark(tag)

    def _mark(self, task: Callable[[Case], str]) -> None:
        def done(says: str) -> None:
            self.say(says, "green")
            self.reread_step()

        self.work_in(self.session.write, "marks", task, done, replace=False)

    def do_reference(self, _: str) -> None:
        event, row = self.chosen_event(), self.result.row
        if self.plan_shown:
            self.copy_text(self.plan_shown)
        elif event is not None:
            self.work_in(
                self.session.read,
                "reference",
                lambda case: safe(read_event(case, _event(case, event)).reference),
                self.copy_text,
            )
        elif row is not None:
            cells = reversed(row.cells) if row.columns == FILE_COLUMNS else row.cells
            self.copy_text(safe("  ".join(str(cell) for cell in cells)))

    def do_pivot(self, _: str) -> None:
        entity = self.chosen_entity()
        event = self.chosen_event()
        line = FilterLine().with_entity(entity)
        self.console.go(Place("timeline", {"filter": line.text, "row": event}))

    # Starting

    def do_start(self, _: str) -> None:
        if self.scene is None:
            self.say("Enter starts the playbook under the cursor.")
            return
        from trailtui.tui.screens.choice import ChoiceScreen
        from trailtui.tui.screens.step_start import read_offers

        def choose(offers: list[Offer]) -> None:
            by_id = {offer.found.id: offer for offer in offers if offer.found.playbook}
            choices = [
                (name, offer.found.playbook.title if offer.found.playbook else "")
                for name, offer in by_id.items()
            ]
            self.console.push_screen(
                ChoiceScreen("Start a playbook; the one under way is kept as it is.", choices),
                lambda name: self.choose_offer(by_id[name]) if name else None,
            )

        self.work_in(self.session.read, "offers", read_offers, choose)

    def choose_offer(self, offer: Offer | None) -> None:
        """Ask the inputs of a playbook, and start it."""
        playbook = offer.found.playbook if offer else None
        if offer is None:
            return
        if playbook is None:
            complaint = offer.found.complaints[0]
            raise InputError(
                f"this playbook can't be used: {complaint}",
                cure=f"`trailtui playbooks check {offer.found.path}` lists all that is wrong.",
            )

        def start(values: dict[str, str] | None) -> None:
            if values is None:
                return
            self.work_in(
                self.session.write,
                "start",
                lambda case: PlaybookRun.start(case, playbook, values).id,
                lambda _: self._started(playbook.title),
                replace=False,
            )

        self.console.push_screen(InputsForm(playbook, offer.known), start)

    def _started(self, title: str) -> None:
        self.say(f"Started: {title}.", "green")
        self.show_step("")


def _event(case: Case, event: int) -> EventRow:
    found = by_ids(case, [event])
    if not found:
        raise InputError(f"there is no event #{event} in this case")
    return found[0]
