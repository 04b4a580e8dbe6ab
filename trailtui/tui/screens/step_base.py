"""What every part of the step screen knows: the step that is shown, and keys typed ahead of it."""

from functools import partial

from trailtui.case.file import Case
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError
from trailtui.playbook.runner import PlaybookRun
from trailtui.playbook.views import ActionView, StepView
from trailtui.respond.run import Outcome
from trailtui.tui.screens.actions_flow import Containing
from trailtui.tui.screens.report_flow import Reporting
from trailtui.tui.screens.step_walk import Scene
from trailtui.tui.session import CaseSession
from trailtui.tui.widgets.result_rows import ResultRows

ASKING = frozenset({"note", "skip", "leave-out", "tag"})
"""Commands that ask for a line when they are given none."""
HELD = ASKING | {
    "run", "decide", "pin", "complete", "next-step", "previous-step", "pivot", "reference",
    "apply", "undo", "onward", "other-pane",
}  # fmt: skip
"""Commands that are about the step that is shown."""
OF_A_STEP = frozenset({"other-pane", "due", "guide", "evidence", "actions-here", "zoom"})
"""Commands that show something of a step, and nothing where there is none."""
NO_PLAYBOOK = "No playbook was started: Enter starts the one under the cursor."


class AboutStep(Containing, Reporting):
    """Which step is shown, and what is chosen in it. The screen says both."""

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
        if self.settled and self.scene is None and name in OF_A_STEP:
            self.say(NO_PLAYBOOK)
        elif self.settled or name not in HELD:
            super().perform(name, argument)
        elif argument or name not in ASKING:
            self._ahead.append((name, argument))
        else:
            self.ask(f"{name}:", lambda text: self.perform(name, text))

    def settle(self) -> None:
        """The step is shown: carry out what was typed ahead."""
        self.settled = True
        if self.scene is None:
            self.refresh_chrome()  # the bottom line offers to start a playbook from here on
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
        self._walk_steps(1, "This is the last step.")

    def do_previous_step(self, _: str) -> None:
        self._walk_steps(-1, "This is the first step.")

    def _walk_steps(self, distance: int, at_end: str) -> None:
        if self.scene is None:
            self.say(NO_PLAYBOOK)
        elif (there := self.scene.neighbour(distance)) == self.scene.step.id:
            self.say(at_end)
        else:
            self.show_step(there)

    def do_due(self, _: str) -> None:
        self.show_step("")

    def do_go(self, argument: str) -> None:
        if not self.scene:
            self.say("The steps are still being read, or no playbook was started: once more, then.")
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

    def present_step(self) -> StepView:
        """The step that is shown; raises InputError where no playbook was started."""
        if self.scene is None:
            raise InputError("no playbook was started in this case", cure="Enter starts one.")
        return self.scene.step
