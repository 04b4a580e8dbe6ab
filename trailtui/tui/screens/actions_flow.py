"""From a plan to what became of it: preview, arming, confirmation, sending, reading back.

The step screen and the actions screen share it. Everything that speaks to AWS runs in the case's
`act` lane, is never interrupted, and is never sent twice: what may be sent is a plan in the state
`planned`, and the first step of sending takes it out of that state.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar
from weakref import WeakSet

from rich.console import Group, RenderableType
from rich.text import Text
from textual.binding import BindingType
from textual.timer import Timer

from trailtui.case.file import Case
from trailtui.model.errors import TrailtuiError
from trailtui.model.text import safe
from trailtui.respond.action import AlreadyDone
from trailtui.respond.preview import Preview, preview_of, sections
from trailtui.respond.run import Outcome, apply, mark_interrupted, resume, undo, verify
from trailtui.respond.store import (
    EXECUTED,
    PLANNED,
    UNKNOWN,
    ActionRow,
    all_actions,
    find_plan,
)
from trailtui.tui.commands import Command, bindings
from trailtui.tui.doing import Doing
from trailtui.tui.screens.actions_confirm import ApplyConfirmation, indented
from trailtui.tui.screens.base import CaseScreen
from trailtui.tui.session import CaseSession
from trailtui.tui.widgets.action_marks import action_style, course_of, progress_of
from trailtui.tui.widgets.reading import ReadingView

WATCH_APPLYING_S = 0.2
"""How often the state of an action that is being applied is looked at."""
_GROUP = "Containment"
APPLY = Command("apply", "A", "Apply the plan, after typing its target", _GROUP, short="apply")
UNDO = Command("undo", "U", "Plan the way back from an action", _GROUP)
VERIFY = Command("verify", "V", "Read back whether all actions hold", _GROUP)
CONTAINING = (APPLY, UNDO, VERIFY)

_SHORT = {"apply": "apply", "leave-out": "leave out", "undo": "undo", "verify": "verify"}
"""Words in the bottom line while it is about actions."""

_looked: "WeakSet[CaseSession]" = WeakSet()
"""Sessions that have been looked through for what a killed process left."""


class Containing(CaseScreen):
    """A screen from which actions are looked at and applied."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CONTAINING)]

    def __init__(self, session: CaseSession) -> None:
        super().__init__(session)
        self.preview = ReadingView(id="preview")
        self.plan_shown = ""
        """The hash of the plan whose preview is open; empty: none."""
        self._applying = ""
        self._progress: Timer | None = None
        self._apply_once_armed = ""

    # What a screen says of itself

    def chosen_plan(self) -> str:
        """The hash of the plan that commands are about; empty where there is none."""
        return self.plan_shown

    def to_apply(self) -> str:
        """The name or hash of what `apply` is about at present."""
        return self.chosen_plan()

    def carry_out(self, case: Case, plan_hash: str, typed: str) -> Outcome:
        """Apply a plan; runs in the `act` lane."""
        return apply(case, self.session.aws(), plan_hash, typed)

    def preview_opened(self, *, is_open: bool) -> None:
        """Bring the preview into sight, or put away what it covered."""

    def actions_changed(self) -> None:
        """Read the actions again."""

    def all_commands(self) -> list[Command]:
        """While actions are looked at, what can be done with them comes first."""
        listed = super().all_commands()
        if not self.about_actions():
            return listed
        first = [
            replace(command, short=_SHORT[command.name])
            for command in listed
            if command.name in _SHORT
        ]
        names = {command.name for command in first}
        return [*first, *(command for command in listed if command.name not in names)]

    def about_actions(self) -> bool:
        """Whether it is actions that the responder looks at."""
        return bool(self.plan_shown)

    # Preview

    def show_plan(self, plan_hash: str) -> None:
        """Open the preview of a plan, with what became of it."""
        if not plan_hash:
            return
        same = plan_hash == self.plan_shown

        def read(case: Case) -> tuple[ActionRow, Preview]:
            row = find_plan(case, plan_hash)
            return row, preview_of(case, row, self._command_options())

        def show(found: tuple[ActionRow, Preview]) -> None:
            text = plan_text(*found, local=self.console.local_time)
            self.plan_shown = found[0].plan_hash
            (self.preview.replace_text if same else self.preview.show_text)(text)
            if not same:
                self.preview_opened(is_open=True)

        self.work_in(self.session.read, "plan", read, show)

    def close_plan(self) -> bool:
        """Close the preview; tells whether it was open."""
        if not self.plan_shown:
            return False
        self.plan_shown = ""
        self.preview_opened(is_open=False)
        return True

    def _command_options(self) -> Sequence[str]:
        """As AwsSession.command_options, without loading the AWS library for it."""
        options = self.session.options
        words = ("--profile", options.profile) if options.profile else ()
        return (*words, "--endpoint-url", options.endpoint_url) if options.endpoint_url else words

    # Applying

    def do_apply(self, _: str) -> None:
        plan_hash = self.chosen_plan()
        if not plan_hash:
            self.say("There is no plan under the cursor to apply.")
            return
        if self._applying:
            self.say("One action at a time: wait for the outcome of the one under way.")
            return
        self.work_in(
            self.session.read,
            "confirm",
            lambda case: (
                find_plan(case, plan_hash),
                preview_of(case, find_plan(case, plan_hash), self._command_options()),
            ),
            self._confirm,
        )

    def _confirm(self, found: tuple[ActionRow, Preview]) -> None:
        row, shown = found
        if row.state != PLANNED:
            self.say(f"Action {row.id} is {row.state}: a plan is applied once.", "yellow")
        elif shown.armed_for is None:
            self.offer_arming(row.plan_hash)
        else:
            listed = [(section.heading, section.lines) for section in sections(shown)]

            def answered(typed: str | None) -> None:
                if typed is None:
                    self.say("Cancelled: nothing was sent.")
                else:
                    self._send(row, typed)

            self.console.push_screen(ApplyConfirmation(shown, listed), answered)

    def offer_arming(self, wanted: str) -> None:
        """Say why nothing can be applied, and lead to what changes that; then go on with the plan
        that `to_apply` calls by this name."""

        def arm(_: str) -> None:
            self._apply_once_armed = wanted
            self.do_arm("")

        self.ask(
            "The case is READ-ONLY. Enter: arm it (you see as whom); Esc: leave it so.",
            arm,
            empty_too=True,
        )

    def do_arm(self, _: str) -> None:
        if self.session.standing.armed:
            self._apply_once_armed = ""
        super().do_arm(_)

    def _arm_if(self, confirmed: bool | None) -> None:
        if not confirmed:
            self._apply_once_armed = ""
        super()._arm_if(confirmed)

    def _armed(self, account: str) -> None:
        super()._armed(account)
        wanted, self._apply_once_armed = self._apply_once_armed, ""
        if self.plan_shown:
            self.show_plan(self.plan_shown)
        if wanted and wanted == self.to_apply():
            self.do_apply("")

    def _send(self, row: ActionRow, typed: str) -> None:
        if self._applying:
            return
        plan_hash = self._applying = row.plan_hash
        self.show_plan(plan_hash)
        self._watch_applying()
        self._progress = self.set_interval(WATCH_APPLYING_S, self._watch_applying)
        self.work_in(
            self.session.act,
            "apply",
            lambda case: self.carry_out(case, plan_hash, typed),
            self._applied,
            failed=self._not_applied,
            replace=False,
        )

    def _watch_applying(self) -> None:
        plan_hash = self._applying
        if not plan_hash:
            return

        def show(row: ActionRow) -> None:
            if self._applying == row.plan_hash:
                self.session.doing["action"] = Doing(f"Action {row.id}: {progress_of(row)}", "")
                self.console.show_background()
                if self.plan_shown == row.plan_hash and row.state != PLANNED:
                    self.show_plan(row.plan_hash)

        self.work_in(self.session.read, "stage", lambda case: find_plan(case, plan_hash), show)

    def _end_applying(self) -> None:
        self._applying = ""
        self.session.doing.pop("action", None)
        self.console.show_background()
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
        if self.plan_shown:
            self.show_plan(self.plan_shown)
        self.actions_changed()
        self.console.look_at_standing()

    def applied(self, outcome: Outcome) -> None:
        """An action was carried out; for screens that go on to the next one."""

    def _applied(self, outcome: Outcome) -> None:
        self.applied(outcome)
        self._end_applying()
        self.say(
            f"Action {outcome.action_id} ({outcome.target}) is {outcome.state}: {outcome.says}",
            action_style(outcome.state) or "bold",
        )
        if not outcome.is_good:
            self.fail(_bad_news(outcome))

    def _not_applied(self, error: TrailtuiError) -> None:
        self._end_applying()
        self.say("")
        self.fail(error)

    # Taking back, reading back

    def do_undo(self, _: str) -> None:
        plan_hash = self.chosen_plan()
        if not plan_hash:
            self.say("There is no action under the cursor to take back.")
            return
        self.say("Reading the present state, to plan the way back…")
        self.work_in(
            self.session.act,
            "undo",
            lambda case: undo(case, self.session.aws(), find_plan(case, plan_hash).id).hash,
            lambda made: self.planned(made, "The way back is planned; A applies it."),
            failed=self.not_planned,
            replace=False,
        )

    def planned(self, plan_hash: str, says: str) -> None:
        """A plan was made: show it."""
        self.say(says)
        self.show_plan(plan_hash)
        self.actions_changed()

    def not_planned(self, error: TrailtuiError) -> None:
        """No plan was made: say why."""
        self.say("")
        if isinstance(error, AlreadyDone):
            self.notice.show_text("Nothing to do", str(error))
        else:
            self.fail(error)

    def do_verify(self, _: str) -> None:
        self.say("Reading back from AWS whether each action holds…")
        self.work_in(
            self.session.act,
            "verify",
            lambda case: verify(case, self.session.aws()),
            self._verified,
            failed=self._not_applied,
            replace=False,
        )

    def _verified(self, outcomes: Sequence[Outcome]) -> None:
        self._end_applying_view()
        bad = [outcome for outcome in outcomes if not outcome.is_good]
        if not outcomes:
            self.say("No action was carried out: there is nothing to verify.")
        elif not bad:
            self.say(f"All {len(outcomes)} hold, as AWS shows them now.", "green")
        else:
            self.say(f"{len(outcomes) - len(bad)} hold, {len(bad)} do not.", "bold red")
            self.notice.show_text(
                "Look at these",
                "\n".join(
                    f"  action {one.action_id} {one.target} is {one.state}: {one.says}"
                    for one in bad
                ),
            )

    def _end_applying_view(self) -> None:
        if self.plan_shown:
            self.show_plan(self.plan_shown)
        self.actions_changed()

    # What a killed process left

    def on_mount(self) -> None:
        if self.session not in _looked:
            _looked.add(self.session)
            self.work_in(self.session.write, "unfinished", _unfinished, self._found_unfinished)

    def _found_unfinished(self, rows: list[ActionRow]) -> None:
        """Read back what is not known, where AWS may be asked; else say how."""
        if not rows:
            return
        self.actions_changed()
        named = ", ".join(f"action {row.id} ({row.plan.subject.id})" for row in rows)
        if not self.session.options.given:
            self.fail(
                TrailtuiError(
                    f"what became of {named} is not known: the console ended before it was read",
                    cure="V reads it back from AWS. Nothing is sent again.",
                )
            )
            return
        self.say(f"Reading back what became of {named}…", "bold")
        self.work_in(
            self.session.act,
            "verify",
            lambda case: resume(case, self.session.aws()),
            self._verified,
            failed=self._not_applied,
            replace=False,
        )


def _unfinished(case: Case) -> list[ActionRow]:
    mark_interrupted(case)
    return all_actions(case, (UNKNOWN, EXECUTED))


def _bad_news(outcome: Outcome) -> TrailtuiError:
    cures = {
        "failed": "Nothing was changed. Cure the reason, then plan it again (r in the step, or P).",
        "unknown": "V reads back whether it took effect. It is not sent again by itself.",
        "executed": "V reads it back once more. IAM may take a minute to show a change.",
        "not-holding": "Look at the target: somebody may be taking it back. Plan it again.",
    }
    return TrailtuiError(
        f"action {outcome.action_id} is {outcome.state}: {outcome.says}",
        where=outcome.target,
        cure=cures.get(outcome.state, ""),
    )


def plan_text(row: ActionRow, shown: Preview, *, local: bool) -> Group:
    """A plan as it is read: what became of it, then everything that it is."""
    parts: list[RenderableType] = [
        Text(f"{safe(shown.title)}: {shown.target}", "bold"),
        Text(f"action {row.id}   plan {shown.short_hash}", "dim"),
    ]
    parts += [indented(line, style) for style, line in course_of(row, local=local)]
    for section in sections(shown):
        style = "bold yellow" if section.heading == "Warnings" else "bold cyan"
        parts += [Text(""), Text(section.heading, style)]
        parts += [indented(line) for line in section.lines]
    return Group(*parts)
