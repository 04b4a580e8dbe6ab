"""What a step holds, as rows in panes: which row commands are about, and one of them in full."""

from collections.abc import Mapping
from functools import partial

from textual.containers import Container

from trailtui.case.events import by_ids
from trailtui.case.file import Case
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError
from trailtui.playbook.views import ActionView
from trailtui.tui.record_lines import EventDetail, event_lines, json_lines, read_event
from trailtui.tui.screens.step_doing import DoesSteps
from trailtui.tui.screens.step_start import offer_columns
from trailtui.tui.session import CaseSession
from trailtui.tui.showing import labelled_time
from trailtui.tui.widgets.record import RecordView
from trailtui.tui.widgets.result_rows import ResultRows
from trailtui.tui.widgets.rows import RowsView
from trailtui.tui.widgets.step_lists import action_columns, evidence_columns

GUIDE, RESULT, EVIDENCE, ACTIONS = "guide", "result", "evidence", "actions"
PANES = (GUIDE, RESULT, EVIDENCE, ACTIONS)
ROW_ONLY = -1
"""Stands for the event of a row that has none."""


class OpensRows(DoesSteps):
    """Result, evidence and planned actions, or the playbooks on offer; Enter opens a row."""

    def __init__(self, session: CaseSession) -> None:
        super().__init__(session)
        self.result = ResultRows(id="result")
        self.evidence = RowsView(evidence_columns(lambda: self.console.local_time), id="evidence")
        self.planned_actions = RowsView(action_columns(), id="step-actions")
        self.offers = RowsView(offer_columns(), id="offers")
        self.detail = RecordView(id="detail")
        self.faces = Container(id="faces")
        self._pane = GUIDE
        self._detail_of: int | None = None
        """The event that is shown in full, or ROW_ONLY."""

    def _row_index(self) -> int:
        rows = {RESULT: self.result, EVIDENCE: self.evidence, ACTIONS: self.planned_actions}
        return rows[self._pane].index if self._pane in rows else self.result.index

    # What commands are about

    def chosen_event(self) -> int | None:
        """The row id of the event that commands are about."""
        if self._detail_of is not None:
            return self._detail_of if self._detail_of != ROW_ONLY else None
        if self._pane == RESULT and self.result.row:
            return self.result.row.event
        if self._pane == EVIDENCE and self.evidence.row:
            return self.evidence.row.event
        return None

    def chosen_entity(self) -> Entity:
        line = self.detail.row if self._detail_of is not None else None
        if line is None:
            return self.result.entity()
        if line.entity is None:
            raise InputError(
                "this line names nobody and nothing to follow", cure="j and k choose another one."
            )
        return line.entity

    def chosen_action(self) -> ActionView | None:
        return self.planned_actions.row if self._pane == ACTIONS else None

    def about_actions(self) -> bool:
        return super().about_actions() or (self._pane == ACTIONS and self._detail_of is None)

    def chosen_plan(self) -> str:
        action = self.chosen_action()
        return self.plan_shown or (action.plan_hash if action else "")

    # Opening one

    def on_rows_view_chosen(self) -> None:
        if self.scene is None:
            self.choose_offer(self.offers.row)
        elif self._detail_of is None and self._pane == ACTIONS:
            self._open_action()
        elif self._detail_of is None:
            self._open_event()

    def _open_action(self) -> None:
        action = self.planned_actions.row
        if action and action.plan_hash:
            self.show_plan(action.plan_hash)
        elif action:
            self.notice.show_text(action.state, f"{action.target}\n  {action.reason}")

    def _open_event(self) -> None:
        event = self.chosen_event()
        if event is not None:
            self._show_detail_of(event)
            self.moved()
        elif self._pane == RESULT and self.result.row:
            self._show_values(self.result.row.values)
        elif self._pane == EVIDENCE and self.evidence.row:
            line = self.evidence.row
            at = labelled_time(line.at_ms, local=self.console.local_time)
            self._show_values({"kind": line.kind, "kept": at, "text": line.text})

    def _show_values(self, values: Mapping[str, object]) -> None:
        """Show in full a row that has no event behind it."""
        self._detail_of = ROW_ONLY
        self.detail.show_detail(str(values), partial(json_lines, dict(values)))
        self.faces.add_class("-detail")
        self.focus_home()
        self.refresh_chrome()

    def _show_detail_of(self, event: int | None) -> None:
        self._detail_of = event
        self.faces.set_class(event is not None, "-detail")
        self.focus_home()
        self.refresh_chrome()
        if event is None:
            return

        def read(case: Case) -> EventDetail | None:
            rows = by_ids(case, [event])
            return read_event(case, rows[0]) if rows else None

        def show(detail: EventDetail | None) -> None:
            if detail is None:
                self._show_detail_of(None)
                self.say(f"Event #{event} is not in this case.", "yellow")
            else:
                make = partial(event_lines, detail, local=self.console.local_time)
                self.detail.show_detail(event, make, of_event=detail)

        self.work_in(self.session.read, "detail", read, show)

    def _close_detail(self) -> bool:
        """Close what is shown in full; tells whether something was."""
        if self._detail_of is None:
            return False
        self._show_detail_of(None)
        self.focus_home()
        self.moved()
        return True
