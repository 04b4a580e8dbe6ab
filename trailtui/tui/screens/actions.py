"""The actions of the case: planned, applied, verified, undone."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from trailtui.case.file import Case
from trailtui.case.marks import judged_entities
from trailtui.respond.containment_store import entry_names
from trailtui.respond.registry import actions
from trailtui.respond.run import make_plan
from trailtui.respond.store import ActionRow, all_actions, superseded
from trailtui.tui.commands import Command, bindings
from trailtui.tui.places import State
from trailtui.tui.screens.actions_flow import CONTAINING
from trailtui.tui.screens.actions_many import MANY, ContainingMany
from trailtui.tui.screens.choice import ChoiceScreen
from trailtui.tui.session import CaseSession
from trailtui.tui.showing import show_time, zone_label
from trailtui.tui.widgets.action_marks import SUPERSEDED, action_mark, action_style
from trailtui.tui.widgets.rows import RowsView
from trailtui.tui.widgets.table import Cell, Column

NOTHING = (
    "No action is planned in this case.\n\n"
    "The containment steps of the playbook (1) plan what they need; L plans against all that came "
    "out of a credential (T shows it), P one action by hand. "
    "Planning only reads. Applying needs the case to be armed (:arm), and its target typed."
)
PLAN = Command(
    "plan", "P", "Plan an action on a target; only reads", "Containment", "plan", "ACTION TARGET"
)
_NEWEST = -1
_KINDS = {"access-key": "credential", "user": "principal", "role": "principal"}


class ActionsScreen(ContainingMany):
    """A list, and over it the preview of one."""

    CSS_PATH = ["base.tcss", "actions.tcss"]  # noqa: RUF012 - as Textual declares it
    VIEW = "actions"
    OFFERED = (PLAN, *MANY, *CONTAINING)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings((PLAN,))]

    def __init__(self, session: CaseSession) -> None:
        super().__init__(session)
        self.rows = RowsView(self._columns(), id="actions")
        self.faces = Container(id="faces")
        self._at: int | None = None
        self._parts: dict[int, str] = {}
        """As what part of which plan (p1.2) an action stands, by its number."""
        self._superseded: dict[int, int] = {}
        """By which action a plan was superseded, by the plan's number."""

    def compose_body(self) -> ComposeResult:
        with self.faces:
            yield self.rows
            yield self.preview

    def _columns(self) -> list[Column[ActionRow]]:
        def changed(row: ActionRow) -> Cell:
            return Cell(show_time(row.changed_ms, local=self.console.local_time))

        def state(row: ActionRow) -> Cell:
            shown = SUPERSEDED if row.id in self._superseded else row.state
            return Cell(f"{action_mark(shown)} {shown}", action_style(shown))

        def reason(row: ActionRow) -> Cell:
            if row.id in self._superseded:
                return Cell(f"planned again as action {self._superseded[row.id]}", "dim")
            return Cell(str(row.outcome.get("reason", "")))

        return [
            Column("state", "state", state, 14, 14),
            Column("id", "no", lambda row: Cell(f"{row.id:>3}"), 3, 4),
            Column("action", "action", lambda row: Cell(row.plan.title), 16, 34),
            Column("target", "target", lambda row: Cell(row.plan.subject.id, "bold"), 20, 40),
            Column("changed", self._changed_title, changed, 19, 19, 1),
            Column("account", "account", lambda row: Cell(row.plan.subject.account), 12, 12, 2),
            Column("reason", "what became of it", reason, 20, 60, 3),
            Column("part", "part of", lambda row: Cell(self._parts.get(row.id, "")), 7, 7, 2),
            Column("plan", "plan", lambda row: Cell(row.short_hash), 12, 12, 4),
        ]

    def _changed_title(self) -> str:
        return f"changed {zone_label(local=self.console.local_time)}"

    # Place

    def state(self) -> State:
        row = self.rows.row
        return {"action": row.id if row else None, "plan": self.plan_shown, "many": self.many_shown}

    def restore(self, state: State) -> None:
        at, plan = state.get("action"), state.get("plan")
        self._at = at if isinstance(at, int) else None
        many = state.get("many")
        if isinstance(plan, str) and plan:
            self.show_plan(plan)
        elif isinstance(many, str) and many:
            self.show_many(many)
        else:
            self.close_plan()
        self.actions_changed()

    def crumbs(self) -> tuple[str, ...]:
        row = self.rows.row
        return (f"{row.plan.action} {row.plan.subject.id}",) if row and self.plan_shown else ()

    def case_changed(self) -> None:
        self.actions_changed()
        self._show_again()

    def _show_again(self) -> None:
        if self.plan_shown:
            self.show_plan(self.plan_shown)
        elif self.many_shown:
            self.show_many(self.many_shown)

    def actions_changed(self) -> None:
        self.work_in(
            self.session.read,
            "actions",
            lambda case: (all_actions(case), entry_names(case)),
            self._show,
        )

    def to_newest(self) -> None:
        self._at = _NEWEST

    def _show(self, read: tuple[list[ActionRow], dict[int, str]]) -> None:
        found, self._parts = read
        self._superseded = superseded(found)
        present = self.rows.row
        at = self._at if self._at is not None else present.id if present else None
        self._at = None
        self.rows.say_empty(NOTHING)
        index = next((n for n, row in enumerate(found) if row.id == at), max(0, len(found) - 1))
        self.rows.show_rows(found, at=index, keep_top=True)
        self.refresh_chrome()

    def preview_opened(self, *, is_open: bool) -> None:
        self.faces.set_class(is_open, "-preview")
        self.focus_home()
        self.refresh_chrome()
        self.moved()

    def home(self) -> Widget | None:
        return self.preview if self.showing else self.rows

    def close_something(self) -> bool:
        return self.close_plan()

    def zone_changed(self) -> None:
        self.rows.refresh()
        self._show_again()

    def chosen_plan(self) -> str:
        row = self.rows.row
        return self.plan_shown or (row.plan_hash if row else "")

    def on_rows_view_chosen(self) -> None:
        row = self.rows.row
        if row is not None:
            self.show_plan(row.plan_hash)

    def on_rows_view_moved(self) -> None:
        self.moved()

    # Planning

    def do_plan(self, argument: str) -> None:
        self.refuse_meanwhile()
        name, _, target = argument.partition(" ")
        if name and target:
            self._make_plan(name, target.strip())
        elif name:
            self._ask_target(name)
        else:
            choices = [(action.name, action.does) for action in actions().values()]
            self.console.push_screen(
                ChoiceScreen("Plan which action? Planning only reads.", choices), self._chosen
            )

    def _chosen(self, name: str | None) -> None:
        if name:
            self._ask_target(name)

    def _ask_target(self, name: str) -> None:
        """Ask for the target; what the alert named and what was judged is offered (Tab)."""
        kinds = {action.name: action.subject_kind for action in actions().values()}
        kind = _KINDS.get(kinds.get(name, ""), "")

        def read(case: Case) -> list[str]:
            return [
                judged.entity.value
                for judged in judged_entities(case)
                if judged.entity.kind == kind and judged.verdict != "cleared"
            ]

        def ask(known: list[str]) -> None:
            self.ask(
                f"{name}, target:",
                lambda target: self._make_plan(name, target.strip()),
                initial=known[0] if len(known) == 1 else "",
                suggestions=known,
            )

        self.work_in(self.session.read, "targets", read, ask)

    def _make_plan(self, name: str, target: str) -> None:
        self.say(f"Reading what there is about {target}, to plan {name}…")
        self.work_in(
            self.session.act,
            "plan-new",
            lambda case: make_plan(case, self.session.aws(), name, target).hash,
            lambda made: self.planned(made, "Planned; nothing was sent. A applies it."),
            failed=self.not_planned,
            replace=False,
        )
