"""Remembering where the responder stands: as history, and in the case for the next session."""

from collections.abc import Mapping
from functools import partial

from trailtui.case.file import Case
from trailtui.case.view_states import save_view_state, saved_view_states
from trailtui.tui.places import History, Place, State
from trailtui.tui.session import CaseSession
from trailtui.tui.views import view_named

FIRST_VIEW = "timeline"
_LAST = "console"


class Resuming:
    """The places of one case."""

    def __init__(
        self, session: CaseSession, saved: Mapping[str, State], first: str = FIRST_VIEW
    ) -> None:
        """`first` is the view to begin with where nothing is remembered."""
        self.history = History()
        self._first = first
        self._session = session
        self._saved = dict(saved)
        self._changed: dict[str, State] = {}

    @classmethod
    def of(cls, case: Case, session: CaseSession) -> "Resuming":
        """What the case remembers of this responder."""
        started = case.connection.execute("SELECT 1 FROM playbook_runs").fetchone()
        first = "step" if started else FIRST_VIEW
        return cls(session, saved_view_states(case, session.owner), first)

    @property
    def local_time(self) -> bool:
        """Whether times were last shown in the local zone."""
        return bool(self._saved.get(_LAST, {}).get("local_time"))

    def last_place(self) -> Place:
        """Where the responder stood last."""
        name = str(self._saved.get(_LAST, {}).get("view", self._first))
        return self.as_left(name if view_named(name) else FIRST_VIEW)

    def as_left(self, view: str) -> Place:
        """A view as it was left."""
        return Place(view, self._saved.get(view, {}))

    def note(self, place: Place, *, local_time: bool) -> None:
        """Take down where the responder stands; `save` writes it."""
        self._saved[place.view] = self._changed[place.view] = place.state
        last = {"view": place.view, "local_time": local_time}
        self._saved[_LAST] = self._changed[_LAST] = last

    def save(self) -> None:
        """Write what changed, in the writing lane; returns at once."""
        changed, self._changed = self._changed, {}
        if changed:
            owner = self._session.owner
            self._session.write.submit(partial(_save, owner=owner, states=changed))


def _save(case: Case, *, owner: str, states: dict[str, State]) -> None:
    with case.writing():
        for view, state in states.items():
            save_view_state(case, owner, view, state)
