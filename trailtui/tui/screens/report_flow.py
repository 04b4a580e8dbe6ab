"""Writing the report and exporting the bundle, from any screen that offers it."""

import os
from pathlib import Path

from trailtui.case import journal
from trailtui.case.file import Case
from trailtui.model.errors import InputError
from trailtui.report.bundle import BundleInfo, export_bundle
from trailtui.tui.commands import Command
from trailtui.tui.screens.base import CaseScreen

_GROUP = "Report"
WRITE = Command("write", "", "Write the report as Markdown and HTML", _GROUP, argument="PATH")
EXPORT = Command("export", "", "Write the bundle; its root hash is shown", _GROUP, argument="PATH")
REPORTING = (WRITE, EXPORT)


class Reporting(CaseScreen):
    """A screen from which the case is written out."""

    def do_write(self, argument: str) -> None:
        self.say("Writing the report…", "bold")
        self.work_in(
            self.session.slow,
            "write-report",
            lambda case: write_report(case, argument),
            self._report_written,
            replace=False,
        )

    def _report_written(self, paths: tuple[Path, ...]) -> None:
        self.say("The report is written.", "green")
        lines = "\n".join(f"  {path}" for path in paths)
        self.notice.show_text("The report is in", f"\n{lines}")

    def do_export(self, argument: str) -> None:
        self.say("Writing the bundle: every file, and hashes that guard it…", "bold")
        self.work_in(
            self.session.slow,
            "export",
            lambda case: export_bundle(case, _bundle_path(case, argument)),
            self._exported,
            replace=False,
        )

    def _exported(self, made: BundleInfo) -> None:
        self.say(f"{made.files} files, {made.size:,} bytes.", "green")
        self.console.copy_to_clipboard(made.root_hash)
        fault = f"\n  THE ACTION LOG WAS ALTERED: {made.log_fault}" if made.log_fault else ""
        self.notice.show_text(
            "The bundle is in",
            f"{made.path}\n  root hash {made.root_hash}\n"
            f"  It is copied and in the log. Keep it where the bundle is not.{fault}",
        )


def write_report(case: Case, argument: str) -> tuple[Path, ...]:
    """Write the report as Markdown and HTML side by side, mode 0600; logged. Call it in a lane.

    `argument` is a path without ending, empty for beside the case. Raises InputError where it
    can't be written.
    """
    from trailtui.report.report import build_report, render_html, render_markdown

    base = Path(argument).expanduser().absolute() if argument else _beside(case, "report")
    report = build_report(case)
    written: list[Path] = []
    for ending, text in ((".md", render_markdown(report)), (".html", render_html(report))):
        path = base.with_name(f"{base.name.removesuffix('.md').removesuffix('.html')}{ending}")
        _write(path, text)
        written.append(path)
    for path in written:
        layout = "html" if path.suffix == ".html" else "markdown"
        journal.append(case, "report", {"layout": layout, "path": str(path)})
    return tuple(written)


def _write(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise InputError(
            f"the report can't be written: {error.strerror}",
            where=str(path),
            cure="Name another place: `:write PATH`.",
        ) from None


def _bundle_path(case: Case, argument: str) -> Path:
    """The named path, else the first free name beside the case: a bundle is never overwritten."""
    if argument:
        return Path(argument).expanduser().absolute()
    path, number = _beside(case, "bundle.zip"), 1
    while os.path.lexists(path):
        number += 1
        path = _beside(case, f"{number}.bundle.zip")
    return path


def _beside(case: Case, ending: str) -> Path:
    return case.path.with_name(f"{case.name}.{ending}")
