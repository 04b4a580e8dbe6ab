"""The console: which case is open, where the responder stands, how it ends."""

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import App
from textual.reactive import reactive
from textual.timer import Timer

from trailtui.case.file import Case, locate_case
from trailtui.model.errors import TrailtuiError, UsageError
from trailtui.tui.background_lines import background_lines
from trailtui.tui.commands import key_word
from trailtui.tui.doing import WRITING
from trailtui.tui.interrupted import find_interrupted
from trailtui.tui.key_pump import KeyPump
from trailtui.tui.places import History, Place
from trailtui.tui.resuming import FIRST_VIEW, Resuming
from trailtui.tui.screens.base import CaseScreen
from trailtui.tui.screens.cases import CasesScreen
from trailtui.tui.screens.console import ConsoleScreen
from trailtui.tui.session import AwsOptions, CaseSession, Standing, data_version, read_standing
from trailtui.tui.showing import plain
from trailtui.tui.telling import Telling
from trailtui.tui.views import CASES, VIEWS, View, view_named

REMEMBER_SECONDS = 0.25
"""How long a place has to stand still before it is written into the case."""
WATCH_SECONDS = 2.0
"""How often the console looks whether somebody else wrote into the case."""
PROGRESS_SECONDS = 0.5
"""How often it shows anew how far the work in the background is."""


class TrailtuiApp(App[None]):
    """One terminal, one responder, one case at a time."""

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    local_time: reactive[bool] = reactive(False, init=False)

    def __init__(self, case_path: Path | None, aws: AwsOptions) -> None:
        """Open the console, on a case where one is named. Raises what opening it raises."""
        super().__init__(ansi_color=True)  # the filter for NO_COLOR is chosen here already
        self.theme = "ansi-dark"
        self.aws_options = aws
        self.session: CaseSession | None = None
        self.keys = KeyPump(self, super().on_event)
        self._resuming: Resuming | None = None
        self._history = History()
        self._saver: Timer | None = None
        self._version = 0
        self.telling = Telling()
        self._leaving = False
        self._offer(CASES, CasesScreen)
        self._first = Place(CASES) if case_path is None else self._begin(case_path)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            if not self._leaving:
                self.keys.take(event)
        else:
            await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """A key that means nothing here is told, not swallowed."""
        screen = self.screen
        if isinstance(screen, ConsoleScreen) and event.key not in screen.active_bindings:
            letter = event.character if event.is_printable else None
            shown = key_word(event.key) if letter in (None, " ") else letter
            screen.say(f"{shown} does nothing here; ? lists the keys of this screen.")

    # Cases

    def _begin(self, path: Path) -> Place:
        """Make a case the open one; gives the place to go to."""
        session = CaseSession(path, self.aws_options)
        with Case.open(path) as case:
            self._resuming = Resuming.of(case, session)
            session.standing = read_standing(case)
            session.interrupted = find_interrupted(case)
        self.session, self._history = session, self._resuming.history
        for view in VIEWS:
            self._offer(view.name, partial(_make_screen, view, session))
        self.set_reactive(TrailtuiApp.local_time, self._resuming.local_time)
        return self._resuming.last_place()

    def _offer(self, mode: str, make: Callable[[], ConsoleScreen]) -> None:
        self.add_mode(mode, make)  # pyright: ignore[reportUnknownMemberType]

    def open_case(self, name: str) -> None:
        """Open a case by name or path, in place of the present one."""
        self._change_case(locate_case(name))

    def new_case(self, name: str) -> None:
        """Make an empty case and open it."""
        from trailtui.case.opening import Opening, open_new_case

        path = locate_case(name)
        open_new_case(path, Opening()).close()
        self._change_case(path)

    def _change_case(self, path: Path) -> None:
        self._refuse_to_abandon()
        Case.open(path, readonly=True).close()  # raises before anything is given up
        had_case = self.session is not None
        self.end_session()
        self.switch_mode(CASES)
        if had_case:
            for view in VIEWS:
                self.remove_mode(view.name)
        self.go(self._begin(path))

    def _refuse_to_abandon(self) -> None:
        session = self.session
        if session is not None and session.collecting:
            raise UsageError(f"a collect runs in {session.name}", cure="- stops it first.")
        if session is not None and session.is_following:
            raise UsageError(f"{session.name} is being followed", cure="`:follow stop` first.")

    # Places

    def as_left(self, view: str) -> Place:
        """A view as it was left last."""
        return Place(view) if self._resuming is None else self._resuming.as_left(view)

    def go(self, place: Place, *, keep: bool = False) -> None:
        """Go to a place; with `keep`, to a view as it was left."""
        view = view_named(place.view)
        if view is not None:
            if self._resuming is None:
                raise UsageError("no case is open", cure="Choose one with Enter, or `:open CASE`.")
            view.load()  # raises where this version has none
            place = self._resuming.as_left(place.view) if keep else place
        elif place.view != CASES:
            raise UsageError(f"there is no view {place.view}")
        self._leave_place()
        self._history.enter(place)
        self._show(place)

    def history_step(self, step: int) -> bool:
        """Back (-1) to the place before, or forward (1) again; False where there is none."""
        self._leave_place()
        place = self._history.back() if step < 0 else self._history.forward()
        if place is not None:
            self._show(place)
        return place is not None

    def _leave_place(self) -> None:
        screen = self.present()
        if screen is not None:
            self._history.leave(screen.place())
            self._note(screen.place())

    def _show(self, place: Place) -> None:
        self.switch_mode(place.view)
        screen = self.present()
        if screen is not None:
            screen.want(place.state)
        self._note(place)

    def present(self) -> ConsoleScreen | None:
        """The screen of the present view, below any dialog."""
        stack = self.screen_stack
        return stack[0] if stack and isinstance(stack[0], ConsoleScreen) else None

    def remember(self) -> None:
        """Write the present place into the case, once it stands still for a moment."""
        screen = self.present()
        if screen is not None:
            self._note(screen.place())

    def _note(self, place: Place) -> None:
        if self._resuming is None or place.view == CASES:
            return
        self._resuming.note(place, local_time=self.local_time)
        if self._saver is not None:
            self._saver.stop()
        self._saver = self.set_timer(REMEMBER_SECONDS, self._resuming.save)

    # What others do

    def look_at_standing(self) -> None:
        """Read whether the case is armed, and show it."""
        session, screen = self.session, self.present()
        if session is None or not isinstance(screen, CaseScreen):
            return

        def show(standing: Standing) -> None:
            session.standing = standing
            screen.refresh_chrome()

        screen.work_in(session.read, "standing", read_standing, show)

    def watch_case(self) -> None:
        """Look whether another connection wrote into the case, and show what it wrote."""
        session, screen = self.session, self.present()
        if session is None or not isinstance(screen, CaseScreen) or session.slow.busy:
            return  # what is being read may be new enough; the next look tells

        def compare(version: int) -> None:
            before, self._version = self._version, version
            if before and version != before:
                self.look_at_standing()
                screen.case_changed()

        screen.work_in(session.write, "watch", data_version, compare)

    # What goes on in the background

    def background(self, width: int) -> list[Text]:
        """The lines that say what goes on, for a screen of that width."""
        if self.session is None:
            return []
        return background_lines(self.session, width, local=self.local_time)

    def show_background(self) -> None:
        """Bring those lines up to date."""
        screen = self.present()
        if screen is not None and screen.is_mounted:
            screen.work_line.show(self.background(screen.size.width))

    def background_changed(self) -> None:
        """Something began, came or ended; may be called from any thread."""
        self.call_later(self._look_at_background)

    def _look_at_background(self) -> None:
        self.show_background()
        session, screen = self.session, self.present()
        if session is None or screen is None:
            return
        self.telling.look(session, screen)
        self.watch_case()

    # Beginning and end

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            # Without this, Textual dies at once and leaves the terminal as it is.
            loop.add_signal_handler(number, self.leave)
        self.set_interval(WATCH_SECONDS, self.watch_case)
        self.set_interval(PROGRESS_SECONDS, self.show_background)
        try:
            self.go(self._first)
        except TrailtuiError:  # a place from another version
            self.go(Place(FIRST_VIEW))
        screen = self.present()
        if screen is not None and os.environ.get("SSH_TTY") and not os.environ.get("TMUX"):
            screen.say("Over SSH without tmux: a lost line ends this, the next start goes on here.")
        if self.aws_options.given and isinstance(screen, CaseScreen):
            self.call_after_refresh(screen.do_identity, "")

    def watch_local_time(self) -> None:
        """Show all times anew."""
        screen = self.present()
        if screen is not None:
            screen.zone_changed()
            self.remember()

    def ask_to_leave(self) -> None:
        """End, after a question where a collect runs."""
        session, screen = self.session, self.present()
        if session is None or screen is None or not session.collecting:
            self.leave()
            return
        screen.ask(
            "a collect runs. Enter: stop it, keep what came, leave",
            lambda _: self.leave(),
            empty_too=True,
        )

    def leave(self) -> None:
        """End; what AWS was asked to do is waited for, and the place is kept."""
        self.remember()
        screen = self.present()
        if self.session is not None and screen is not None:
            if self.session.collecting:
                screen.say("Stopping the collect; what came is kept…", "bold")
            self.session.stop_background()
        if self._leaving or self.session is None or screen is None:
            self.exit()
        elif self.session.act.busy:
            self._leave_after(screen, "Waiting for what AWS was asked to do…")
        elif WRITING in self.session.doing:
            self._leave_after(screen, "Leaving once it is written what you did…")
        else:
            self.exit()

    def _leave_after(self, screen: ConsoleScreen, says: str) -> None:
        """Leave when all is done, with the screen still there to say what is waited for."""
        self._leaving = True
        screen.say(says, "bold")

        async def leave() -> None:
            await asyncio.to_thread(self.end_session)
            self.exit()

        self.run_worker(leave(), exit_on_error=False)

    async def on_unmount(self) -> None:
        await asyncio.to_thread(self.end_session)

    def end_session(self) -> None:
        """Save the place and close the case."""
        if self._resuming is not None:
            self._resuming.save()
        self._resuming = None
        session, self.session = self.session, None
        if session is not None:
            session.close()

    def action_help_quit(self) -> None:
        """Ctrl-C does not end the console by accident."""
        screen = self.present()
        if screen is not None:
            screen.say("q leaves; everything is saved.")

    def _fatal_error(self) -> None:
        """Textual's own would print the values of variables: secrets, in the scrollback."""
        self.panic(plain(traceback.format_exc(), keep_newlines=True))


def _make_screen(view: View, session: CaseSession) -> CaseScreen:
    return view.load()(session)


def refuse_terminal() -> None:
    """Raise UsageError where there is no terminal, or none that can show a screen."""
    cure = "Use the commands instead: `trailtui timeline CASE`, `trailtui --help`."
    if not (sys.stdin.isatty() and sys.stderr.isatty()):  # the screen is drawn on stderr
        raise UsageError("the console needs a terminal to read keys and to draw on", cure=cure)
    if os.environ.get("TERM", "dumb") in ("dumb", "unknown", ""):
        raise UsageError("this terminal (TERM) can't show the console", cure=cure)
