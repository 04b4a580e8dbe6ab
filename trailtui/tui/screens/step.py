"""The playbook, one step at a time: read the guide, run, look, decide, keep evidence, go on."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from trailtui.model.errors import TrailtuiError
from trailtui.playbook.views import OPEN
from trailtui.respond.run import Outcome
from trailtui.respond.store import PLANNED
from trailtui.tui.commands import bindings
from trailtui.tui.places import State
from trailtui.tui.screens.actions_flow import CONTAINING
from trailtui.tui.screens.report_flow import REPORTING
from trailtui.tui.screens.step_commands import STEP
from trailtui.tui.screens.step_opening import (
    ACTIONS,
    EVIDENCE,
    GUIDE,
    PANES,
    RESULT,
    ROW_ONLY,
    OpensRows,
)
from trailtui.tui.screens.step_start import Offer, read_offers
from trailtui.tui.screens.step_walk import Scene, read_scene
from trailtui.tui.session import CaseSession
from trailtui.tui.widgets.decision import DecisionBox
from trailtui.tui.widgets.reading import ReadingView
from trailtui.tui.widgets.step_lines import heading, needs_line, not_run, result_lines, tabs
from trailtui.tui.widgets.step_rail import StepRail

BOTH_FROM = (140, 36)
"""Columns, or rows, from which guide and result are seen at once."""


class StepScreen(OpensRows):
    """The step in the middle, the procedure down the left."""

    CSS_PATH = ["base.tcss", "step.tcss"]  # noqa: RUF012 - as Textual declares it
    VIEW = "step"
    OFFERED = (*STEP, *CONTAINING, *REPORTING)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(STEP)]

    def __init__(self, session: CaseSession) -> None:
        super().__init__(session)
        self.rail = StepRail(id="rail")
        self.title_line = Static("", id="step-title", markup=False)
        self.tab_line = Static("", id="step-tabs", markup=False)
        self.guide = ReadingView(id="guide")
        self.says = Static("", id="says", markup=False)
        self.decision = DecisionBox(id="decision")
        self.needs = Static("", id="needs", markup=False)
        self._wanted_row = 0
        self._to_next_action = False

    def compose_body(self) -> ComposeResult:
        with self.faces:
            with Horizontal(id="walk"):
                yield self.rail
                with Vertical(id="step"):
                    yield self.title_line
                    yield self.tab_line
                    yield self.says
                    with Container(id="panes"):
                        yield self.guide
                        yield self.result
                        yield self.evidence
                        yield self.planned_actions
                    yield self.decision
                    yield self.needs
            yield self.detail
            yield self.preview
            yield self.offers

    # Place

    def state(self) -> State:
        return {
            "step": self.scene.step.id if self.scene else self.wanted_step,
            "pane": self._pane,
            "row": self._row_index(),
            "zoom": self.has_class("-zoom"),
            "detail": self._detail_of,
            "plan": self.plan_shown,
        }

    def restore(self, state: State) -> None:
        step, pane, row = state.get("step"), state.get("pane"), state.get("row")
        detail, plan = state.get("detail"), state.get("plan")
        self.wanted_step = step if isinstance(step, str) else ""
        self._pane = pane if isinstance(pane, str) and pane in PANES else ""
        self._wanted_row = row if isinstance(row, int) else 0
        self.set_class(bool(state.get("zoom")), "-zoom")
        event = detail if isinstance(detail, int) and detail != ROW_ONLY else None
        self._show_detail_of(event)
        if isinstance(plan, str) and plan:
            self.show_plan(plan)
        else:
            self.close_plan()
        self.settled = False
        self.reread_step()

    def crumbs(self) -> tuple[str, ...]:
        return (self.scene.step.phase, self.scene.step.id) if self.scene else ()

    def case_changed(self) -> None:
        self.reread_step()
        if self.plan_shown:
            self.show_plan(self.plan_shown)

    def resized(self) -> None:
        super().resized()
        width, height = self.size
        both = width >= BOTH_FROM[0] or height >= BOTH_FROM[1]
        self.set_class(both, "-both")
        self.set_class(both and width < BOTH_FROM[0], "-stacked")
        self.call_after_refresh(self._draw_again)

    def _draw_again(self) -> None:
        if self.scene:
            self._draw_lines(self.scene)

    # Reading

    def reread_step(self) -> None:
        wanted = self.wanted_step

        def failed(error: TrailtuiError) -> None:
            self.fail(error)
            self.settle()

        self.work_in(
            self.session.read,
            "scene",
            lambda case: read_scene(case, wanted),
            self._show_scene,
            failed=failed,
        )

    def _show_scene(self, scene: Scene | None) -> None:
        self.faces.set_class(scene is None, "-start")
        if scene is None:
            self.scene = None
            self.session.step = None
            self.work_in(self.session.read, "offers", read_offers, self._show_offers)
            self.focus_home()
            self.settle()
            return
        moved = self.scene is None or self.scene.step.id != scene.step.id
        row = self._wanted_row if moved or self._wanted_row else self._row_index()
        self._wanted_row = 0
        self.scene, self.wanted_step = scene, scene.step.id
        self.session.step = scene.step.id
        if self._pane not in self._panes():
            self._pane = self._first_pane(scene)
        self._fill(scene, row, moved)
        self._show_pane()
        if moved:
            self.moved()
        self.settle()

    def _fill(self, scene: Scene, row: int, moved: bool) -> None:
        self.rail.show(scene.phases, scene.step.id)
        self.guide.show_markdown(scene.step.guide)
        self.result.local = self.console.local_time
        self.result.say_empty(not_run(scene))
        self.result.show_table(
            scene.table,
            at=row if self._pane == RESULT or moved else self.result.index,
            keep_top=not moved,
        )
        self.evidence.say_empty(
            "Nothing is kept for this step yet.\n\np on a row of the result pins its event; "
            "n writes a note."
        )
        self.evidence.show_rows(
            scene.evidence, at=row if self._pane == EVIDENCE else self.evidence.index, keep_top=True
        )
        self.planned_actions.say_empty(
            "No action is planned here yet. r plans what this step needs; planning only reads."
            if scene.step.run_kind == "action"
            else "This step plans no actions; 4 has all actions of the case."
        )
        at = row if self._pane == ACTIONS else self.planned_actions.index
        self.planned_actions.show_rows(
            scene.step.actions, at=self._next_action(scene, at), keep_top=True
        )
        self.decision.show(scene.step)
        self._draw_lines(scene)

    def applied(self, outcome: Outcome) -> None:
        self._to_next_action = outcome.is_good

    def _next_action(self, scene: Scene, at: int) -> int:
        """After one was applied, the next one that waits for it; else the one at `at`."""
        if not self._to_next_action:
            return at
        self._to_next_action = False
        waiting = [n for n, action in enumerate(scene.step.actions) if action.state == PLANNED]
        return next((n for n in waiting if n > at), waiting[0] if waiting else at)

    def _draw_lines(self, scene: Scene) -> None:
        width = self.title_line.size.width or 56
        self.title_line.update(heading(scene, width))
        lines = result_lines(scene, width)
        self.says.update(lines)
        seen = self._pane in (RESULT, ACTIONS) or self.has_class("-both")
        self.says.display = bool(lines.plain) and seen
        self.needs.update(needs_line(scene))
        self.tab_line.update(tabs(scene, self._pane, self._panes(), width))

    def _show_offers(self, found: list[Offer]) -> None:
        self.offers.say_empty("No playbook was found.")
        self.offers.show_rows(found)
        self.say("No playbook was started in this case. Enter starts the one under the cursor.")

    # Panes

    def _panes(self) -> tuple[str, ...]:
        """The panes this step has, in the order in which Tab goes through them."""
        if self.scene is None:
            return (GUIDE,)
        is_action = self.scene.step.run_kind == "action"
        return (GUIDE, ACTIONS, EVIDENCE) if is_action else (GUIDE, RESULT, EVIDENCE)

    @staticmethod
    def _first_pane(scene: Scene) -> str:
        if scene.step.state == OPEN or scene.step.result is None:
            return GUIDE
        return ACTIONS if scene.step.run_kind == "action" else RESULT

    def choose_pane(self) -> None:
        self._pane = ""

    def go_to_pane(self, pane: str) -> None:
        self._pane = pane
        self._show_pane()
        self.moved()

    def _show_pane(self) -> None:
        for pane in PANES:
            self.set_class(pane == self._pane, f"-{pane}")
        self.set_class(ACTIONS in self._panes(), "-acting")
        if self.scene:
            self._draw_lines(self.scene)
        if not self.prompt.display:
            self.focus_home()
        self.refresh_chrome()

    def home(self) -> Widget | None:
        if self.scene is None:
            return self.offers
        if self.plan_shown:
            return self.preview
        if self._detail_of is not None:
            return self.detail
        if self.deciding:
            return self.decision
        return {
            GUIDE: self.guide, RESULT: self.result, EVIDENCE: self.evidence,
            ACTIONS: self.planned_actions,
        }.get(self._pane, self.guide)  # fmt: skip

    def do_other_pane(self, _: str) -> None:
        panes = self._panes()
        at = panes.index(self._pane) if self._pane in panes else -1
        self.deciding = False
        self.go_to_pane(panes[(at + 1) % len(panes)])

    def do_guide(self, _: str) -> None:
        self.go_to_pane(GUIDE)

    def do_evidence(self, _: str) -> None:
        self.go_to_pane(EVIDENCE)

    def do_actions_here(self, _: str) -> None:
        self.go_to_pane(ACTIONS)

    def do_zoom(self, _: str) -> None:
        self.toggle_class("-zoom")
        self.call_after_refresh(self.resized)
        self.moved()

    def stop_deciding(self) -> None:
        self.deciding = False
        self._show_pane()

    def close_something(self) -> bool:
        if self.cancel_running() or self.close_plan() or self._close_detail():
            return True
        if self.deciding:
            self.stop_deciding()
            return True
        return False

    def preview_opened(self, *, is_open: bool) -> None:
        self.faces.set_class(is_open, "-preview")
        self.focus_home()
        self.refresh_chrome()
        self.moved()

    def zone_changed(self) -> None:
        self.result.local = self.console.local_time
        self.result.zone_changed()
        self.evidence.refresh()
        if self._detail_of is not None and self._detail_of != ROW_ONLY:
            self._show_detail_of(self._detail_of)
        if self.plan_shown:
            self.show_plan(self.plan_shown)

    def do_onward(self, _: str) -> None:
        if self.home() is self.guide:
            self.do_other_pane("")

    def on_rows_view_moved(self) -> None:
        if self.scene:
            self.moved()
