"""What went on in the background is told once, as it ends, on whatever screen is shown."""

from typing import TYPE_CHECKING

from trailtui.tui.detecting import DetectJob
from trailtui.tui.following import FollowJob
from trailtui.tui.gathering import Gathering
from trailtui.tui.screens.base import CaseScreen

if TYPE_CHECKING:
    from trailtui.tui.screens.console import ConsoleScreen
    from trailtui.tui.session import CaseSession
    from trailtui.tui.widgets.notice import Notice


class Telling:
    """Remembers what was told already, and where a notice of it still stands."""

    def __init__(self) -> None:
        self._gathering: Gathering | None = None
        self._rules: DetectJob | None = None
        self._following: tuple[str, ...] = ()
        self._standing: tuple[Notice, int] | None = None

    def look(self, session: "CaseSession", screen: "ConsoleScreen") -> None:
        """Tell what has ended or changed since the last look."""
        gathering, rules = session.gathering, session.detecting
        if gathering is not None and not gathering.running and gathering is not self._gathering:
            self._gathering = gathering
            self._tell_gathering(screen, gathering)
        if rules is not None and not rules.running and rules is not self._rules:
            self._rules = rules
            self._tell_rules(screen, rules)
        if session.following is not None:
            self._tell_following(screen, session.following)

    def put_away(self) -> None:
        """Take away a notice that was told by itself: what it says is being done again."""
        if self._standing is not None:
            notice, number = self._standing
            self._standing = None
            if notice.shown == number:
                notice.clear()

    def _let_stand(self, notice: "Notice") -> None:
        """Only Esc, or what comes next of this kind, takes it away."""
        self.put_away()
        notice.stay()
        self._standing = (notice, notice.shown)

    def _tell_rules(self, screen: "ConsoleScreen", job: DetectJob) -> None:
        ending = job.ending
        if ending is not None and ending.error is not None:
            screen.fail(ending.error)
            self._let_stand(screen.notice)
        elif ending is not None:
            screen.say(ending.says)
        if isinstance(screen, CaseScreen):
            screen.case_changed()

    def _tell_following(self, screen: "ConsoleScreen", job: FollowJob) -> None:
        """What can't be followed, what is refused, and what ended it."""
        said = (*job.watch.notes, *job.watch.refusals)
        if job.error is not None and self._following != (str(job.error),):
            self._following = (str(job.error),)
            screen.fail(job.error)
            self._let_stand(screen.notice)
        elif job.error is None and said != self._following:
            self._following = said
            if said:
                screen.notice.show_text("Following", "".join(f"\n  {line}" for line in said))
                self._let_stand(screen.notice)

    def _tell_gathering(self, screen: "ConsoleScreen", gathering: Gathering) -> None:
        ending = gathering.ending
        if ending is not None and ending.error is not None:
            screen.fail(ending.error)
            self._let_stand(screen.notice)
        elif ending is not None and not ending.whole:
            lines = "".join(f"\n  {line}" for line in ending.refusals)
            screen.notice.show_text("Not all came", f"{ending.says}{lines}")
            self._let_stand(screen.notice)
