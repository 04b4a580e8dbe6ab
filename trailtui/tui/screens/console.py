"""What every screen shares: the lines around it, keys, commands, work off the event loop."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from trailtui.model.errors import UsageError
from trailtui.tui.commands import Command, Commanded, bindings, find_command
from trailtui.tui.places import Place, State
from trailtui.tui.screens.help import HelpScreen
from trailtui.tui.screens.working import WorkingScreen
from trailtui.tui.shell import SHELL_COMMANDS
from trailtui.tui.views import CASES, view_named
from trailtui.tui.widgets.chrome import KeyLine, TopLine
from trailtui.tui.widgets.prompt import Prompt
from trailtui.tui.widgets.work_line import WorkLine

if TYPE_CHECKING:
    from trailtui.tui.app import TrailtuiApp

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
        self.work_line = WorkLine()
        """What goes on in the background."""
        self.key_line = KeyLine()

    def compose(self) -> ComposeResult:
        yield self.top_line
        with Container(id="body"):
            yield from self.compose_body()
        yield self.notice
        yield self.work_line
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
        names = {command.name for command in self.OFFERED}
        shell = [command for command in self.SHELL if command.name not in names]
        return [*self.OFFERED, *others, *shell]

    def perform(self, name: str, argument: str = "") -> None:
        """Run a command; the names of views are commands too."""
        if view_named(name) or name == CASES:
            self.console.go(Place(name), keep=True)
        else:
            super().perform(name, argument)

    def action_perform(self, name: str) -> None:
        if self.quieten(wholly=name == "back") and name == "back":
            return  # Esc closed the notice
        self.guarded(lambda: self.perform(name))

    def do_command(self, _: str) -> None:
        names = sorted({command.name for command in self.all_commands()})
        self.ask(":", self.run_line, suggestions=names)

    def do_help(self, _: str) -> None:
        self.console.push_screen(HelpScreen(self.VIEW, self.all_commands()))

    def do_back(self, _: str) -> None:
        if not self.close_something():
            self._walk(-1)

    def close_something(self) -> bool:
        """Close what is open in this view (a detail, a notice); False where nothing is."""
        return False

    def do_backward(self, _: str) -> None:
        self._walk(-1)

    def do_forward(self, _: str) -> None:
        self._walk(1)

    def _walk(self, step: int) -> None:
        """To the place before or after; where there is none, say so."""
        if not self.console.history_step(step):
            none = "This is the first place: nothing lies before it. q leaves."
            self.say(none if step < 0 else "This is the last place: nothing lies after it.")

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
        self.console.ask_to_leave()

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
        self.work_line.show(self.console.background(self.size.width))

    @property
    def console(self) -> "TrailtuiApp":
        """The app, by its own type."""
        return cast("TrailtuiApp", self.app)  # pyright: ignore[reportUnknownMemberType]
