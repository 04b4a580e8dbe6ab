"""Plans of several actions in the console: made from a lineage, shown, confirmed, carried out."""

from collections.abc import Sequence
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.text import Text
from textual.binding import BindingType
from textual.timer import Timer

from trailtui.case.file import Case
from trailtui.case.marks import judged_entities
from trailtui.model.errors import InputError, TrailtuiError, UsageError
from trailtui.model.text import safe
from trailtui.respond.carried_out import Result, Step, StopNow
from trailtui.respond.carrying_out import carry_out
from trailtui.respond.containment_preview import ContainmentPreview, preview_containment
from trailtui.respond.containment_store import all_containments, containment_of, find_containment
from trailtui.respond.planning_many import plan_containment
from trailtui.respond.tampering import propose_all
from trailtui.respond.undoing import Undone, to_undo, undo_all, undo_word
from trailtui.tui.commands import Command, bindings
from trailtui.tui.doing import Doing
from trailtui.tui.screens.actions_confirm import ApplyConfirmation, Question, indented
from trailtui.tui.screens.actions_flow import Containing
from trailtui.tui.session import CaseSession

CONTAIN = Command(
    "contain", "L", "Plan against all that came out of a credential; only reads", "Containment",
    "contain", "CREDENTIAL",
)  # fmt: skip
WHOLE = Command(
    "whole", "W", "The whole plan that an action belongs to, or the newest", "Containment",
    "whole plan",
)  # fmt: skip
MANY = (CONTAIN, WHOLE)
LOOK_AGAIN_S = 0.5
"""How often the states of a plan that is carried out are looked at."""
_SHOWN = (
    "What is done, in this order", "What can't be undone", "Warnings", "Who is hit", "What is sent",
    "Left out", "Permissions",
)  # fmt: skip


class ContainingMany(Containing):
    """Where a plan of several actions can be open in the place of one action's."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(MANY)]

    def __init__(self, session: CaseSession) -> None:
        super().__init__(session)
        self.many_shown = ""
        """The name (p1) of the plan that is open; empty: none."""
        self._carrying = ""
        self._step: Step | None = None
        self._look_again: Timer | None = None

    @property
    def showing(self) -> str:
        """Whatever preview is open, by its name or hash."""
        return self.plan_shown or self.many_shown

    def about_actions(self) -> bool:
        return bool(self.showing)

    def to_apply(self) -> str:
        return self.many_shown or super().to_apply()

    def _armed(self, account: str) -> None:
        super()._armed(account)
        if self.many_shown:
            self.show_many(self.many_shown)

    def to_newest(self) -> None:
        """Move to the newest action when the actions are read next."""

    # Making and showing

    def do_contain(self, argument: str) -> None:
        self.refuse_meanwhile()
        if argument.strip():
            self._plan_many(argument.strip())
            return

        def read(case: Case) -> list[str]:
            return [
                one.entity.value
                for one in judged_entities(case)
                if one.entity.kind == "credential" and one.verdict != "cleared"
            ]

        def ask(known: list[str]) -> None:
            self.ask(
                "Contain all that came out of credential:",
                lambda typed: self._plan_many(typed.strip()),
                initial=known[0] if len(known) == 1 else "",
                suggestions=known,
            )

        self.work_in(self.session.read, "targets", read, ask)

    def _plan_many(self, credential: str) -> None:
        self.say(f"Working out what came out of {safe(credential)}, and reading how it stands…")

        def plan(case: Case) -> str:
            from trailtui.lineage.tree import lineage

            aws = self.session.aws()
            account = aws.identity().account
            proposal = propose_all(case, lineage(case, credential, aws.now_ms()), account)
            return plan_containment(
                case, aws, proposal.wishes, root=credential, left_out=proposal.left_out
            ).name

        self.work_in(
            self.session.act,
            "plan-many",
            plan,
            self._planned_many,
            failed=self.not_planned,
            replace=False,
        )

    def _planned_many(self, name: str) -> None:
        self.say("Planned; nothing was sent. A carries it out.")
        self.show_many(name)
        self.to_newest()
        self.actions_changed()

    def do_whole(self, argument: str) -> None:
        plan_hash = self.chosen_plan()

        def read(case: Case) -> str:
            if argument.strip():
                return find_containment(case, argument).name
            found = _of_action(case, plan_hash)
            if found:
                return found
            rows = all_containments(case)
            if not rows:
                raise InputError(
                    "there is no plan of several actions in this case", cure="L makes one."
                )
            return rows[-1].name

        self.work_in(self.session.read, "whole", read, self.show_many)

    def show_many(self, name: str) -> None:
        """Open a plan of several actions, or show it anew."""
        same = name == self.many_shown

        def read(case: Case) -> ContainmentPreview:
            return preview_containment(case, find_containment(case, name), self._command_options())

        def show(found: ContainmentPreview) -> None:
            self.plan_shown, self.many_shown = "", name
            (self.preview.replace_text if same else self.preview.show_text)(_text(found))
            if not same:
                self.preview_opened(is_open=True)

        self.work_in(self.session.read, "plan", read, show)

    def show_plan(self, plan_hash: str) -> None:
        if plan_hash:
            self.many_shown = ""
        super().show_plan(plan_hash)

    def close_plan(self) -> bool:
        if not self.many_shown:
            return super().close_plan()
        self.many_shown = ""
        self.preview_opened(is_open=False)
        return True

    # Carrying out

    def do_apply(self, _: str) -> None:
        self.refuse_meanwhile()
        if not self.many_shown:
            super().do_apply(_)
        else:
            name = self.many_shown
            self.work_in(
                self.session.read,
                "confirm",
                lambda case: preview_containment(
                    case, find_containment(case, name), self._command_options()
                ),
                self._confirm_many,
            )

    def _confirm_many(self, shown: ContainmentPreview) -> None:
        if shown.armed_for is None:
            self.offer_arming(shown.name)
            return
        listed = [(section.heading, section.lines) for section in shown.sections]
        title = f"{len(shown.entries)} actions, plan {shown.name}"
        question = Question(title, shown.word, shown.account, shown.armed_for, shown.plan_hash)

        def answered(typed: str | None) -> None:
            if typed is None:
                self.say("Cancelled: nothing was sent.")
            else:
                self._confirm_singly(shown, typed, list(shown.typed_singly), [])

        self.console.push_screen(ApplyConfirmation(question, listed, _SHOWN), answered)

    def _confirm_singly(
        self, shown: ContainmentPreview, typed: str, left: list[str], agreed: list[str]
    ) -> None:
        """Ask for each target that can't be undone; Cancel leaves that one out."""
        if not left:
            self._carry_out(shown.name, typed, agreed)
            return
        target, *others = left
        title = f"{target}: THIS CAN'T BE UNDONE (Cancel leaves it out)"
        question = Question(title, target, shown.account, shown.armed_for, shown.plan_hash)
        lines = [(s.heading, s.lines) for s in shown.sections if s.heading == _SHOWN[1]]

        def answered(word: str | None) -> None:
            more = [target] if word == target else []
            self._confirm_singly(shown, typed, others, [*agreed, *more])

        self.console.push_screen(ApplyConfirmation(question, lines, _SHOWN[1:2]), answered)

    def _carry_out(self, name: str, typed: str, irreversible: Sequence[str]) -> None:
        if self._carrying:
            return
        self._begin(name)
        self.work_in(
            self.session.act,
            "carry-out",
            lambda case: carry_out(
                case,
                self.session.aws(),
                name,
                typed,
                irreversible=irreversible,
                sleep=self._wait,
                tell=self._tell,
            ),
            self._carried_out,
            failed=self._not_carried_out,
            replace=False,
        )

    def refuse_meanwhile(self) -> None:
        """Raise UsageError while a plan is carried out: what asks AWS would wait for its end."""
        if self._carrying:
            raise UsageError(
                f"{self._carrying} is being carried out: nothing else can be sent or planned yet",
                cure="Wait for its end. What is done shows as it is done; other views can be used.",
            )

    def do_verify(self, _: str) -> None:
        self.refuse_meanwhile()
        super().do_verify(_)

    def _begin(self, name: str) -> None:
        self._carrying, self._step = name, None
        if self.many_shown:
            self.preview.do_top("")  # where what is done shows
        self._look_again = self.set_interval(LOOK_AGAIN_S, self._progress_of_many)

    def _wait(self, seconds: float) -> None:
        """Sleep in the lane, unless the case is being closed."""
        if self.session.leaving.wait(seconds):
            raise StopNow("the console was closed", cure="Carry the plan out again: it goes on.")

    def _tell(self, step: Step) -> None:
        """Called in the lane's thread; the timer shows it."""
        self._step = step

    def _progress_of_many(self) -> None:
        step = self._step
        if step is not None:
            place = f"{step.position}. " if step.position else ""
            says = f"{self._carrying} {place}{step.says}"
            self.session.doing["plan"] = Doing(says, "4 actions")
            self.console.show_background()
        if self.many_shown:
            self.show_many(self.many_shown)
        self.actions_changed()

    def _end_many(self) -> None:
        self._carrying, self._step = "", None
        self.session.doing.pop("plan", None)
        self.console.show_background()
        if self._look_again is not None:
            self._look_again.stop()
            self._look_again = None
        if self.many_shown:
            self.show_many(self.many_shown)
        self.actions_changed()
        self.console.look_at_standing()

    def _not_carried_out(self, error: TrailtuiError) -> None:
        self._end_many()
        self.say("")
        self.fail(error)

    def _carried_out(self, result: Result) -> None:
        self._end_many()
        verified = sum(one.row.state == "verified" for one in result.standings)
        says = f"{result.containment.name}: {verified} of {len(result.standings)} are verified."
        self.say(says, "green" if result.is_good else "bold red")
        if result.is_good:
            return
        lines = [f"  {place}. {says}" for place, says in result.notes]
        lines += [
            f"  {one.entry.position}. action {one.row.id} is {one.row.state}: "
            f"{one.row.outcome.get('reason', '')}"
            for one in result.standings
            if one.row.state != "verified"
        ]
        ending = f"\nStopped: {result.stopped}" if result.stopped else ""
        after = "\n\nA goes on where it stood: nothing is sent twice."
        self.notice.show_text("Not all of it holds", "\n".join(lines) + ending + after)

    # Taking all of it back

    def do_undo(self, _: str) -> None:
        self.refuse_meanwhile()
        if not self.many_shown:
            super().do_undo(_)
        else:
            name = self.many_shown

            def read(case: Case) -> tuple[ContainmentPreview, int]:
                found = find_containment(case, name)
                standing = to_undo(case, found.plan.account, found)
                return preview_containment(case, found, self._command_options()), len(standing)

            self.work_in(self.session.read, "confirm", read, self._confirm_undo)

    def _confirm_undo(self, found: tuple[ContainmentPreview, int]) -> None:
        shown, many = found
        if shown.armed_for is None or not many:
            nothing = "Nothing of it stands: there is nothing to take back."
            locked = "The case is READ-ONLY: arm it (:arm), then U takes back what stands."
            self.say(locked if many else nothing, "yellow")
            return
        word = undo_word(shown.account)
        title = f"TAKE BACK all {many} that stand of plan {shown.name}, the last first"
        question = Question(title, word, shown.account, shown.armed_for, shown.plan_hash)
        listed = [(s.heading, s.lines) for s in shown.sections]

        def answered(typed: str | None) -> None:
            if typed != word:
                self.say("Cancelled: nothing was sent.")
                return
            self._begin(shown.name)
            self.work_in(
                self.session.act,
                "undo-all",
                lambda case: undo_all(
                    case,
                    self.session.aws(),
                    word,
                    only=find_containment(case, shown.name),
                    sleep=self._wait,
                    tell=self._tell,
                ),
                self._all_undone,
                failed=self._not_carried_out,
                replace=False,
            )

        self.console.push_screen(ApplyConfirmation(question, listed, _SHOWN[:2]), answered)

    def _all_undone(self, undone: Undone) -> None:
        self._end_many()
        self.say(f"{len(undone.outcomes)} taken back.", "green" if undone.is_good else "bold red")
        if not undone.is_good:
            lines = [f"  action {row.id} stands: {why}" for row, why in undone.refused]
            self.notice.show_text("Not all was taken back", "\n".join([*lines, undone.stopped]))


def _of_action(case: Case, plan_hash: str) -> str:
    from trailtui.respond.store import find_plan

    if not plan_hash:
        return ""
    found = containment_of(case, find_plan(case, plan_hash).id)
    return "" if found is None else found.name


def _text(shown: ContainmentPreview) -> Group:
    """A plan of several actions as it is read."""
    root = f" for {shown.root}" if shown.root else ""
    parts: list[RenderableType] = [
        Text(f"{shown.name}: {len(shown.entries)} actions{root}, account {shown.account}", "bold"),
        Text(f"plan {shown.short_hash}   {shown.planned}", "dim"),
    ]
    for section in shown.sections:
        style = "bold yellow" if section.heading == "Warnings" else "bold cyan"
        parts += [Text(""), Text(section.heading, style)]
        parts += [indented(line) for line in section.lines]
    return Group(*parts)
