"""A key that was really deactivated in the simulated account, as the report tells it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.respond.scene import make_role, make_user, session_of
from tests.simulated import empty_account
from trailtui.case.file import Case
from trailtui.case.opening import Opening, open_new_case
from trailtui.report import layout
from trailtui.report.bundle import export_bundle
from trailtui.report.report import build_report, render_html, render_markdown
from trailtui.report.verify import verify_bundle
from trailtui.report.view import Report
from trailtui.respond.arming import arm
from trailtui.respond.run import apply, make_plan, undo


@pytest.fixture(scope="module")
def contained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Case, Report, str]]:
    """A case in which a key was deactivated, then activated again; its report; the key."""
    folder = tmp_path_factory.mktemp("contained")
    with empty_account() as account, open_new_case(folder / "contain.case", Opening()) as case:
        victim = make_user(account)
        aws = session_of(account, make_role(account).credential)
        arm(case, aws)
        for make in (
            lambda: make_plan(
                case, aws, "deactivate-access-key", victim.credential.id, {"user": victim.name}
            ),
            lambda: undo(case, aws, 1),
        ):
            plan = make()
            apply(case, aws, plan.hash, plan.hash, sleep=lambda _: None)
        yield case, build_report(case), victim.credential.id


def test_calls_times_request_ids_and_undo(contained: tuple[Case, Report, str]) -> None:
    _, report, key = contained
    first, second = report.actions
    assert (first.target, first.state, first.undone_by) == (key, "undone", second.id)
    assert (second.undo_of, second.state) == (first.id, "verified")
    for action in report.actions:
        assert action.request_ids
        assert any("UpdateAccessKey" in command and key in command for command in action.commands)
        times = [action.planned_ms, action.sent_ms, action.answered_ms, action.verified_ms]
        assert None not in times
        assert times == sorted(times)  # type: ignore[type-var]
        assert [moment.what.partition(":")[0] for moment in action.moments][:4] == [
            "planned", "intent written down", "outcome", "read back",
        ]  # fmt: skip
    titles = [span.title for span in report.intervals]
    assert "from the making of the case to the first containment" in titles
    assert "action 1, from intent to verified" in titles
    assert "action 2, from intent to verified" not in titles  # an undoing contains nothing


def test_both_layouts_tell_it(contained: tuple[Case, Report, str]) -> None:
    _, report, key = contained
    for text in (render_markdown(report), render_html(report)):
        assert key in text
        assert report.actions[0].request_ids[0] in text
        assert "undone by action 2" in text
        assert "armed for" in text


def test_its_bundle_is_sound(contained: tuple[Case, Report, str], tmp_path: Path) -> None:
    made = export_bundle(contained[0], tmp_path / "bundle.zip")
    checked = verify_bundle(made.path, root=made.root_hash)
    assert checked.findings == ()
    assert checked.log.entries == made.log_entries > 8
    assert layout.ACTIONS in layout.ALWAYS
