"""`trailtui report`, `export` and `verify`: what leaves a case, and the check of it."""

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trailtui.cli.cases import open_case
from trailtui.cli.output import exit_bad_news, say
from trailtui.model.errors import InputError
from trailtui.model.text import safe

if TYPE_CHECKING:
    from trailtui.report.verify import BundleCheck

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("case")
@click.option("--output", metavar="PATH", type=_FILE, help="Write to this file, mode 0600.")
@click.option("--html", "layout", flag_value="html", help="One self-contained HTML page.")
@click.option("--markdown", "layout", flag_value="markdown", help="Markdown (the default).")
def report(case: str, output: Path | None, layout: str | None) -> None:
    """Write the report of CASE, on standard output unless --output names a file.

    A file name that ends in .html means HTML, unless --markdown is given.
    """
    from trailtui.case.journal import append
    from trailtui.report.report import build_report, render_html, render_markdown

    if layout is None and output is not None and output.suffix.lower() in (".html", ".htm"):
        layout = "html"
    with open_case(case) as opened:
        render = render_html if layout == "html" else render_markdown
        text = render(build_report(opened))
        if output is not None:
            _write(output, text)
        kind = layout or "markdown"
        append(
            opened, "report", {"layout": kind, "path": str(output.absolute()) if output else None}
        )
    if output is None:
        click.echo(text, nl=False)
    else:
        say(f"The report is in {output}")


def _write(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.fchmod(descriptor, 0o600)  # also where the file was there before
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(
            f"the report can't be written: {error.strerror}", where=str(path)
        ) from None


@click.command()
@click.argument("case")
@click.argument("bundle", type=_FILE)
@click.option("--sign", metavar="KEY", type=_FILE, help="Sign with this SSH key.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def export(case: str, bundle: Path, sign: Path | None, force: bool) -> None:
    """Write everything in CASE into BUNDLE, a zip that anybody can check.

    The root hash is printed and logged: give it to whoever gets the bundle, by another way than
    the bundle. The bundle holds the evidence unaltered, with the secrets that are in it.
    """
    from trailtui.report.bundle import export_bundle

    with open_case(case) as opened:
        made = export_bundle(opened, bundle, sign_key=sign, force=force)
    click.echo(made.root_hash)
    signed = ", signed" if made.signed else ""
    say(f"{made.path}: {made.files} files, {made.size:,} bytes{signed}.")
    say("The line above is its root hash; it is in the action log too.")
    if made.log_fault:
        say(f"The action log was altered: {made.log_fault}. The bundle holds it as it is.")
        exit_bad_news()


@click.command()
@click.argument("bundle", type=_FILE)
@click.option("--root", metavar="HASH", help="The root hash that you were told.")
@click.option(
    "--allowed-signers",
    metavar="FILE",
    type=_FILE,
    help="Keys that may have signed it, as ssh-keygen(1) describes.",
)
def verify(bundle: Path, root: str | None, allowed_signers: Path | None) -> None:
    """Check BUNDLE: every file, the zip itself, the action log, each event against the evidence.

    Exit code 1 where anything is not as it was exported; the lines say which file and what.
    """
    from trailtui.report.verify import verify_bundle

    checked = verify_bundle(
        bundle,
        root=root,
        allowed_signers=allowed_signers,
        progress=lambda stage: say(f"Checking {stage}...") if sys.stderr.isatty() else None,
    )
    _print_check(checked, told_root=root is not None)
    if not checked.ok:
        exit_bad_news()


def _print_check(checked: "BundleCheck", *, told_root: bool) -> None:
    for finding in checked.findings:
        click.echo(f"{safe(finding.file)}: {safe(finding.what)}")
    log = checked.log
    chain = f"{log.entries} entries, {log.fault or f'the chain is sound, head {log.head}'}"
    facts = {
        "root hash": checked.root_hash or "none",
        "files": f"{checked.files}",
        "events": f"{checked.events} agree with the evidence",
        "action log": chain,
        "signature": f"{checked.signature.state}: {checked.signature.says}",
    }
    for name, value in facts.items():
        click.echo(f"{name:<12}{safe(value)}")
    if checked.findings:
        count = len(checked.findings)
        click.echo(f"NOT AS EXPORTED: {count} finding{'s' if count > 1 else ''}.")
    elif told_root:
        click.echo("OK: every byte is as it was exported.")
    else:
        click.echo(
            "OK: the files fit each other. Compare the root hash with the one you were told."
        )
