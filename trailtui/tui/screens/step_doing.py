"""What the responder does with a step: run, decide, skip, complete.

Each is one call of the playbook's runner in a lane, as the command line makes it. What the case
holds afterwards is read anew, and shown.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from textual.timer import Timer

from trailtui.model.errors import InputError, TrailtuiError, UsageError
from trailtui.model.times import now_ms
from trailtui.playbook.runner import PlaybookRun
from trailtui.playbook.views import DONE, OPEN, SKIPPED, StepView
from trailtui.tui.commands import Command
from trailtui.tui.doing import Doing
from trailtui.tui.screens.collecting import begin
from trailtui.tui.screens.step_marking import MarksSteps
from trailtui.tui.screens.step_starting import StartsPlaybooks
from trailtui.tui.session import CaseSession
from trailtui.tui.step_collecting import run_step, wanted_of
from trailtui.tui.wanted import Wanted
from trailtui.tui.widgets.decision import GROUP as DECISION
from trailtui.tui.widgets.decision import DecisionBox


class DoesSteps(MarksSteps, StartsPlaybooks):
    """The commands that bring a step forward."""

    def __init__(self, session: CaseSession) -> None:
        super().__init__(session)
        self._step_run = ""
        self._stop: Callable[[], None] | None = None
        self._run_number = 0
        self._ticker: Timer | None = None
        self._decide_after: str | None = None
        """What was given to `decide` while the step still ran; it is asked when that has ended."""

    def all_commands(self) -> list[Command]:
        """While a question is asked, the bottom line is about its answers alone."""
        listed = super().all_commands()
        if not self.deciding:
            return listed
        of_answers = [one for one in listed if one.group == DECISION]
        others = [replace(one, short="") for one in listed if one.group != DECISION]
        return [*of_answers, *others]

    # Running

    def do_run(self, _: str) -> None:
        step = self.present_step()
        if step.run_kind == "manual":
            self.say("There is nothing to run: do it by hand, write a note (n), then c.")
        elif self._step_run:
            raise self._still_running()
        elif step.state in (DONE, SKIPPED):
            self.ask(
                f"{step.id} is {step.state}. Enter: run it again, which opens it anew",
                lambda _: self._run(step),
                empty_too=True,
            )
        else:
            self._run(step)

    def _run(self, step: StepView) -> None:
        if step.run_kind == "collect":
            self._run_collect(step)
            return
        asks_aws = step.run_kind == "action"
        session = self.session
        lane = session.act if asks_aws else session.slow
        self._step_run, self._run_number = step.id, self._run_number + 1
        number = self._run_number
        group = "run-aws" if asks_aws else "run"
        self._stop = None if asks_aws else partial(lane.drop, f"{id(self)} {group}")
        started_ms = now_ms()
        stops = "" if asks_aws else "   Esc stops it"
        self.say(f"{_running(step, asks_aws)}{stops}", "bold")

        def tell() -> None:
            self._tell_running(step, asks_aws, (now_ms() - started_ms) // 1000)

        self._ticker = self.set_interval(1, tell)

        def failed(error: TrailtuiError) -> None:
            if self._run_number == number:
                self._end_running()
                self.fail(error)
            self.reread_step()

        def done(view: StepView) -> None:
            if self._run_number == number:
                decide = self._decide_after
                self._end_running()
                self._tell_ran(view)
                if self.scene and self.scene.step.id == step.id:
                    self.go_to_pane("actions" if asks_aws else "result")
                    self._decide_then(decide)
            self.reread_step()

        self.work_in(
            lane,
            group,
            lambda case: PlaybookRun.resume(case).run_step(step.id, open_aws=session.aws),
            done,
            failed=failed,
            replace=not asks_aws,
        )

    def _run_collect(self, step: StepView) -> None:
        """In the background, as any collect: the other screens can be used meanwhile."""

        def ended() -> None:
            if self.scene and self.scene.step.id == step.id:
                self.go_to_pane("result")
            self.reread_step()

        gathering = begin(self, step.runs, run_step(self.session, step.id))
        gathering.future.add_done_callback(lambda _: self.console.call_later(ended))

    def collect_first(self, default: Wanted) -> Wanted | None:
        wish = self.scene.step.collect_wish if self.scene else None
        return wanted_of(wish, default) if wish is not None else None

    def _tell_running(self, step: StepView, asks_aws: bool, seconds: int) -> None:
        """For as long as it takes, on every screen; what is said here meanwhile stays."""
        then = ", then asks (d)" if self._decide_after is not None else ""
        keys = "1 step" if asks_aws else "1 step, Esc there stops it"
        self.session.doing["step"] = Doing(f"{_running(step, asks_aws)} {seconds} s{then}", keys)
        self.console.show_background()

    def _still_running(self) -> UsageError:
        cure = "Esc stops it." if self._stop else "It reads from AWS, and ends by itself."
        return UsageError(f"{self._step_run} is still running", cure=cure)

    def _decide_then(self, argument: str | None) -> None:
        """Ask what was to be decided while the step ran, once its result is shown."""
        if argument is not None:
            self.settled = False
            self._ahead.append(("decide", argument))

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
        self._step_run, self._stop, self._decide_after = "", None, None
        self.session.doing.pop("step", None)
        self.console.show_background()
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
        step = self.present_step()
        if not step.question:
            self.say("This step asks nothing; c completes it.")
        elif self._step_run == step.id:
            self._decide_after = argument
            self.say(f"{step.id} is still running: it asks when its result is there.", "yellow")
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
        step = self.present_step()
        self.guarded(lambda: self._decide(step, message.option_id))

    def _decide(self, step: StepView, option_id: str) -> None:
        self.stop_deciding()
        self._change(
            lambda run: run.decide(step.id, option_id), f"Decided: {option_id}. It is in the log."
        )

    def do_complete(self, _: str) -> None:
        step = self.present_step()
        if self._step_run == step.id:
            raise self._still_running()
        self._change(lambda run: run.complete(step.id), f"{step.id} is done.", go_on=True)

    def do_skip(self, argument: str) -> None:
        step = self.present_step()
        if self._step_run == step.id:
            raise self._still_running()
        if argument:
            self._change(
                lambda run: run.skip(step.id, argument), f"{step.id} is skipped.", go_on=True
            )
        elif step.state in (DONE, SKIPPED):
            self.say(f"{step.id} is {step.state} already.")
        else:
            self.ask(f"skip {step.id}, because:", self.do_skip)

    def do_leave_out(self, argument: str) -> None:
        step, action = self.present_step(), self.chosen_action()
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


def _running(step: StepView, asks_aws: bool) -> str:
    if asks_aws:
        return f"{step.id}: reading from AWS what there is to plan…"
    return f"{step.id}: {step.runs}…"
