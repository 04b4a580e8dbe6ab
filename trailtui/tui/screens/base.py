"""What every view of a case shares: notes, copying, collecting, the way to AWS."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType

from trailtui.case.marks import add_note
from trailtui.model.entity import is_credential
from trailtui.model.errors import TrailtuiError
from trailtui.model.text import safe
from trailtui.tui.commands import Command, bindings
from trailtui.tui.doing import WRITING, Doing
from trailtui.tui.places import Place
from trailtui.tui.screens import collecting
from trailtui.tui.screens.confirm import TypedConfirmation
from trailtui.tui.screens.console import ConsoleScreen
from trailtui.tui.screens.working import WAITS
from trailtui.tui.shell import CASE_COMMANDS, SHELL_COMMANDS
from trailtui.tui.views import view_named
from trailtui.tui.wanted import Wanted

if TYPE_CHECKING:
    from trailtui.aws.identity import AwsIdentity
    from trailtui.tui.session import CaseSession

LONG_COPY = 400
"""Characters from which on it is said how many were copied: not all of them are shown."""
COPY_LIMIT = 74_994
"""Characters of base64 that terminals are known to take in one OSC 52 sequence."""


class CaseScreen(ConsoleScreen):
    """A view of a case."""

    SHELL: ClassVar[tuple[Command, ...]] = (*SHELL_COMMANDS, *CASE_COMMANDS)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CASE_COMMANDS)]

    def __init__(self, session: "CaseSession") -> None:
        super().__init__()
        self.session = session

    def own_path(self) -> Path | None:
        return self.session.path

    def tell_waiting(self, waited_for: "Future[Any]") -> None:
        """On every screen, until it is written or given up."""
        session, console = self.session, self.console
        session.doing[WRITING] = Doing(WAITS, "")
        console.show_background()

        def over() -> None:
            if not session.write.busy and session.doing.pop(WRITING, None):
                console.show_background()

        waited_for.add_done_callback(lambda _: console.call_later(over))

    def perform(self, name: str, argument: str = "") -> None:
        """Run a command; `:lineage` takes the credential under the cursor where none is typed."""
        view = view_named(name)
        if view is not None and view.argument and (argument or name != self.VIEW):
            value = argument or self.chosen_value()
            if argument or is_credential(value):
                self.console.go(Place(name, {view.argument.lower(): value}))
                return
        super().perform(name, argument)

    def refresh_chrome(self) -> None:
        super().refresh_chrome()
        self.top_line.crumbs = (self.session.name, self.VIEW, *self.crumbs())
        self.top_line.standing = self.session.standing
        self.top_line.aws_region = self.session.region

    def moved(self) -> None:
        """Call when the responder's place changed: it is remembered in the case."""
        self.console.remember()

    def case_changed(self) -> None:
        """Another connection committed to the case; screens bring their rows up to date."""

    def chosen_value(self) -> str:
        """The value under the cursor, for copying."""
        return ""

    def do_copy(self, _: str) -> None:
        value = self.chosen_value()
        if value:
            self.copy_text(safe(value, keep_newlines=True))
        else:
            self.say("There is nothing under the cursor to copy.")

    def copy_text(self, text: str) -> None:
        """Give a text to the terminal's clipboard (OSC 52), and show it in any case."""
        if len(text.encode()) * 4 // 3 > COPY_LIMIT:
            self.say("Too long for the terminal's clipboard; `trailtui show` prints it.", "yellow")
            return
        self.console.copy_to_clipboard(text)
        size = f" ({len(text):,} characters)" if len(text) > LONG_COPY else ""
        self.notice.show_text(f"Copied{size}", text)

    def do_note(self, argument: str) -> None:
        if argument:
            self._write_note(argument)
        else:
            self.ask("note to the case:", self._write_note)

    def _write_note(self, text: str) -> None:
        self.work_in(
            self.session.write,
            "note",
            lambda case: add_note(case, text),
            lambda note: self.say(f"Note {note.id} is written."),
            replace=False,
        )

    # Collecting

    def collect_first(self, default: Wanted) -> Wanted | None:
        """What this view would have looked up first, the rest of it as in `default`; None: it has
        no opinion."""
        del default
        return None

    def event_at_cursor(self) -> int | None:
        """The row id of the event under the cursor, where this view lists events."""
        return None

    def show_event(self, event: int) -> None:
        """Go to an event in the timeline of all events."""
        left = self.console.as_left("timeline").state
        state = {**left, "filter": "", "row": event, "detail": False}
        self.console.go(Place("timeline", state))

    def do_collect(self, argument: str) -> None:
        collecting.collect(self, argument)

    def do_stop_collecting(self, _: str) -> None:
        collecting.stop_collecting(self)

    def do_follow(self, argument: str) -> None:
        collecting.follow(self, argument)

    def do_new_events(self, _: str) -> None:
        collecting.show_new(self)

    # AWS

    def do_identity(self, _: str) -> None:
        self._ask_identity(lambda identity: self.say(f"AWS says: {identity.arn}"))

    def do_arm(self, _: str) -> None:
        self._ask_identity(self._confirm_arming)

    def do_disarm(self, _: str) -> None:
        from trailtui.respond.arming import disarm

        self.work_in(self.session.act, "arm", disarm, self._disarmed, replace=False)

    def _ask_identity(self, then: "Callable[[AwsIdentity], None]") -> None:
        def failed(error: TrailtuiError) -> None:
            self.say("")
            self.fail(error)

        def told(identity: "AwsIdentity") -> None:
            self.say("")
            self.console.look_at_standing()
            then(identity)

        self.say("Asking AWS who this session is…")
        self.work_in(
            self.session.act, "identity", self.session.identify, told, failed=failed, replace=False
        )

    def _confirm_arming(self, identity: "AwsIdentity") -> None:
        lines = [
            f"Case      {self.session.name}",
            f"Account   {identity.account}",
            f"Identity  {identity.arn}",
            f"Region    {self.session.region}",
            "",
            "Armed, containment can be applied in this account, each plan after its own "
            "confirmation. It stays armed until `:disarm`, in every console that has this case.",
        ]
        self.console.push_screen(
            TypedConfirmation("Arm this case?", lines, identity.account), self._arm_if
        )

    def _arm_if(self, confirmed: bool | None) -> None:
        if not confirmed:
            self.say("Still read-only.")
            return
        from trailtui.respond.arming import arm

        self.work_in(
            self.session.act,
            "arm",
            lambda case: arm(case, self.session.aws()),
            lambda made: self._armed(made.account),
            replace=False,
        )

    def _armed(self, account: str) -> None:
        self.say(f"Armed for account {account}.", "bold red")
        self.console.look_at_standing()

    def _disarmed(self, _: None) -> None:
        self.say("Read-only.", "green")
        self.console.look_at_standing()
