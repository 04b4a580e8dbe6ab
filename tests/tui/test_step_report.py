"""The report view, and the commands that write the case out."""

from pathlib import Path

from tests.tui.conftest import Open
from tests.tui.test_hostile import assert_harmless
from trailtui.case import journal
from trailtui.case.file import Case
from trailtui.report.verify import verify_bundle
from trailtui.tui.screens.report import ReportScreen


def logged(path: Path, kind: str) -> list[dict[str, object]]:
    with Case.open(path) as case:
        return [entry.what for entry in journal.entries(case, kinds=[kind])]


async def test_the_report_is_read_before_it_is_written(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("7")
        assert "Incident report: alice" in c.text
        await c.press("space", "G", "g")
        assert "Incident report: alice" in c.text
        assert logged(alice, "report") == []
        await c.press("w")
        assert "alice.report.md" in c.flat
        assert "alice.report.html" in c.flat
        assert "Incident report" in (alice.parent / "alice.report.md").read_text()
        assert (alice.parent / "alice.report.html").stat().st_mode & 0o777 == 0o600
    assert len(logged(alice, "report")) == 2


async def test_named_on_its_own_screen_the_report_is_written(
    console: Open, alice: Path, tmp_path: Path
) -> None:
    async with console(alice) as c:
        await c.command("report")
        assert isinstance(c.view, ReportScreen)
        assert not list(alice.parent.glob("*.md"))
        await c.command("report")
        assert (alice.parent / "alice.report.md").exists()
        await c.command(f"write {tmp_path / 'elsewhere.md'}")
        assert (tmp_path / "elsewhere.html").exists()


async def test_a_bundle_is_exported_with_its_root_hash(
    console: Open, alice: Path, tmp_path: Path
) -> None:
    bundle = tmp_path / "b.zip"
    async with console(alice) as c:
        await c.press("7")
        await c.command(f"export {bundle}")
        [entry] = logged(alice, "export")
        assert str(entry["root"]) in c.flat.replace(" ", "")
        assert c.app.clipboard == entry["root"]
        checked = verify_bundle(bundle, root=str(entry["root"]))
        assert checked.ok
        await c.command(f"export {bundle}")
        assert "✖" in c.text  # it is never overwritten
        await c.press("E")
        assert "alice.bundle.zip" in c.flat
    assert len(logged(alice, "export")) == 2


async def test_what_can_not_be_written_is_told_with_a_cure(
    console: Open, alice: Path, tmp_path: Path
) -> None:
    async with console(alice) as c:
        await c.press("7")
        await c.command(f"write {tmp_path}/missing/report")
        assert "can't be written" in c.flat
        assert "Name another place" in c.flat
        await c.command(f"export {tmp_path}/missing/b.zip")
        assert "✖" in c.text
        link = tmp_path / "link.md"
        link.symlink_to(tmp_path / "target")
        await c.command(f"write {link}")
        assert "can't be written" in c.flat
        assert not (tmp_path / "target").exists()
    assert logged(alice, "report") == []


async def test_a_hostile_case_is_reported_harmlessly(console: Open, hostile: Path) -> None:
    async with console(hostile) as c:
        await c.press("7")
        for _ in range(12):
            assert_harmless(c)
            await c.press("space")


async def test_the_report_comes_back_to_its_line(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("7", "space", "space")
        line = c.view.state()["line"]
        assert line
        await c.press("2", "7")
        assert c.view.state()["line"] == line


def test_every_command_has_its_method() -> None:
    for command in ReportScreen.OFFERED:
        assert callable(getattr(ReportScreen, f"do_{command.name}"))
