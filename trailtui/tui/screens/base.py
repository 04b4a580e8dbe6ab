"""What every screen shares: the lines around it, keys, commands, work off the event loop."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from trailtui.case.marks import add_note
from trailtui.model.errors import TrailtuiError, UsageError
from trailtui.model.text import safe
from trailtui.tui.commands import Command, Commanded, bindings, find_command
from trailtui.tui.places import Place, State
from trailtui.tui.screens.confirm import TypedConfirmation
from trailtui.tui.screens.help import HelpScreen
from trailtui.tui.screens.working import WorkingScreen
from trailtui.tui.shell import CASE_COMMANDS, SHELL_COMMANDS
from trailtui.tui.views import CASES, view_named
from trailtui.tui.widgets.chrome import KeyLine, TopLine
from trailtui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from trailtui.aws.identity import AwsIdentity
    from trailtui.tui.app import TrailtuiApp
    from trailtui.tui.session import CaseSession

COPY_LIMIT = 74_994
"""Characters of base64 that terminals are known to take in one OSC 52 sequence."""
SMALLEST = (60, 15)
"""Columns and rows below which a screen only says that it is too small."""


class ConsoleScreen(Commanded, WorkingScreen):
    """A screen with top line, status line and keys. Subclasses compose the body."""

    CSS_PATH = "base.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SHELL_COMMANDS)]
    SHELL: ClassVar[tuple[Command, ...]] = SHELL_COMMANDS
    VIEW: ClassVar[str] = ""
    """Its name among the views."""
    HOME: ClassVar[str] = ""
    """Selector of the widget that has the focus unless something is asked."""
    AUTO_FOCUS: ClassVar[str | None] = ""
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as Textual declares it
        (0, "-narrow"),
        (100, "-wide"),
        (140, "-very-wide"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._wanted: State = {}
        self.top_line = TopLine()
        self.prompt = Prompt()
        self.key_line = KeyLine()

    def compose(self) -> ComposeResult:
        yield self.top_line
        with Container(id="body"):
            yield from self.compose_body()
        yield self.notice
        yield self.status
        yield self.prompt
        yield self.key_line
        yield Static("", id="too-small", markup=False)

    def compose_body(self) -> ComposeResult:
        """The widgets between top line and status line."""
        yield from ()

    # Places

    def place(self) -> Place:
        """Where the responder stands in this view."""
        return Place(self.VIEW, self.state() if self.is_mounted else self._wanted)

    def state(self) -> State:
        """What `restore` needs to bring the view back to how it stands; JSON."""
        return {}

    def restore(self, state: State) -> None:
        """Bring the view to a state; an empty one is how it begins. Called when it is mounted."""

    def want(self, state: State) -> None:
        """Restore a state now, or once the screen is mounted."""
        self._wanted = state
        if self.is_mounted:
            self.guarded(lambda: self.restore(state))

    def crumbs(self) -> Sequence[str]:
        """What the top line shows after the view's name: the filter, the subject."""
        return ()

    # Commands

    def performers(self) -> list[Commanded]:
        """What carries out commands here: the widget with the focus at home, then the screen."""
        home = self.home()
        first = [home] if isinstance(home, Commanded) else []
        return [*cast("list[Commanded]", first), self]

    def all_commands(self) -> list[Command]:
        """Every command that can be given here; the screen's own first."""
        own = [command for performer in self.performers() for command in performer.OFFERED]
        others = [command for command in own if command not in self.OFFERED]
        return [*self.OFFERED, *others, *self.SHELL]

    def perform(self, name: str, argument: str = "") -> None:
        """Run a command; the names of views are commands too."""
        if view_named(name) or name == CASES:
            self.console.go(Place(name), keep=True)
        else:
            super().perform(name, argument)

    def action_perform(self, name: str) -> None:
        if self.quieten() and name == "back":
            return  # Esc closed the notice
        self.guarded(lambda: self.perform(name))

    def do_command(self, _: str) -> None:
        names = sorted({command.name for command in self.all_commands()})
        self.ask(":", self.run_line, suggestions=names)

    def do_help(self, _: str) -> None:
        self.console.push_screen(HelpScreen(self.VIEW, self.all_commands()))

    def do_back(self, _: str) -> None:
        if not self.close_something():
            self.console.history_step(-1)

    def close_something(self) -> bool:
        """Close what is open in this view (a detail, a notice); False where nothing is."""
        return False

    def do_backward(self, _: str) -> None:
        self.console.history_step(-1)

    def do_forward(self, _: str) -> None:
        self.console.history_step(1)

    def do_zone(self, _: str) -> None:
        self.console.local_time = not self.console.local_time

    def do_refresh(self, _: str) -> None:
        self.want(self.state())

    def do_open(self, argument: str) -> None:
        if argument:
            self.console.open_case(argument)
        else:
            self.console.go(Place(CASES))

    def do_new(self, argument: str) -> None:
        if argument:
            self.console.new_case(argument)
        else:
            self.ask("name of the new case:", self.console.new_case)

    def do_quit(self, _: str) -> None:
        self.console.leave()

    def run_line(self, line: str) -> None:
        """Carry out what was typed after `:`."""
        word, _, argument = line.strip().partition(" ")
        if not word:
            return
        command = find_command(word, self.all_commands())
        if argument.strip() and not command.argument:
            raise UsageError(f"`{command.name}` takes nothing after it", cure=f":{command.name}")
        for performer in self.performers():
            if command in performer.OFFERED or performer is self:
                performer.perform(command.name, argument.strip())
                return

    def ask(
        self,
        label: str,
        take: Callable[[str], None],
        *,
        initial: str = "",
        suggestions: Sequence[str] = (),
        empty_too: bool = False,
    ) -> None:
        """Ask for a line at the bottom; errors of `take` become a notice.

        An empty line is as good as Esc, unless `empty_too`.
        """

        def taken(value: str) -> None:
            if value.strip() or empty_too:
                self.guarded(lambda: take(value))

        self.notice.clear()
        self.prompt.ask(
            label,
            taken,
            initial=initial,
            suggestions=suggestions,
        )

    # Focus, size, top line

    def home(self) -> Widget | None:
        """The widget that has the focus unless something is asked."""
        found = self.query(self.HOME) if self.HOME else None
        return found.first() if found else None

    def focus_home(self) -> None:
        """Give the focus back to where it belongs."""
        self.set_focus(self.home())

    def zone_changed(self) -> None:
        """Times are shown in the other zone from now on."""
        home = self.home()
        if home is not None:
            home.refresh()

    def on_mount(self) -> None:
        self.focus_home()
        self.refresh_chrome()
        self.guarded(lambda: self.restore(self._wanted))

    def on_screen_resume(self) -> None:
        self.refresh_chrome()

    def on_prompt_left(self) -> None:
        self.focus_home()

    def on_resize(self, event: events.Resize) -> None:
        width, height = event.size
        small = width < SMALLEST[0] or height < SMALLEST[1]
        self.set_class(small, "-too-small")
        if small:
            text = f"{width}x{height} is too small; {SMALLEST[0]}x{SMALLEST[1]} is needed."
            self.query_one("#too-small", Static).update(text)
        self.resized()

    def resized(self) -> None:
        """The screen has another size; for subclasses."""

    def refresh_chrome(self) -> None:
        """Bring top line and key line up to date."""
        self.top_line.crumbs = ("trailtui", self.VIEW, *self.crumbs())
        self.key_line.show(self.all_commands())

    @property
    def console(self) -> "TrailtuiApp":
        """The app, by its own type."""
        return cast("TrailtuiApp", self.app)  # pyright: ignore[reportUnknownMemberType]


class CaseScreen(ConsoleScreen):
    """A view of a case."""

    SHELL: ClassVar[tuple[Command, ...]] = (*SHELL_COMMANDS, *CASE_COMMANDS)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CASE_COMMANDS)]

    def __init__(self, session: "CaseSession") -> None:
        super().__init__()
        self.session = session

    def own_path(self) -> Path | None:
        return self.session.path

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

    def copy_text(self, text: str) -> None:
        """Give a text to the terminal's clipboard (OSC 52), and show it in any case."""
        if len(text.encode()) * 4 // 3 > COPY_LIMIT:
            self.say("Too long for the terminal's clipboard; `trailtui show` prints it.", "yellow")
            return
        self.console.copy_to_clipboard(text)
        self.notice.show_text("Copied", text)

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
            "Armed, containment can be applied in this account, each action with its own plan and",
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
