"""`trailtui [CASE]`: the console."""

import os
from pathlib import Path

import click

from trailtui.case.file import locate_case


@click.command()
@click.argument("case", required=False)
@click.option("--profile", metavar="NAME", help="The AWS profile; without it the usual chain.")
@click.option("--region", metavar="REGION", help="The Region that calls go to.")
@click.option("--endpoint-url", metavar="URL", help="Send AWS calls here (a simulated account).")
def console(
    case: str | None = None,
    profile: str | None = None,
    region: str | None = None,
    endpoint_url: str | None = None,
) -> None:
    """Open CASE in the console, where you left it; without CASE, list the cases.

    AWS is asked nothing before you ask for it, or give one of the options.
    """
    run_console(locate_case(case) if case else None, profile, region, endpoint_url)


def run_console(
    path: Path | None,
    profile: str | None = None,
    region: str | None = None,
    endpoint_url: str | None = None,
) -> None:
    """Run the console until it is left. Raises UsageError where the terminal can't show it."""
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")  # lines are slow at three in the morning
    from trailtui.tui.app import TrailtuiApp, refuse_terminal
    from trailtui.tui.session import AwsOptions

    refuse_terminal()
    app = TrailtuiApp(path, AwsOptions(profile, region, endpoint_url))
    try:
        app.run(mouse=False)
    finally:
        app.end_session()
    if app.return_code:
        raise SystemExit(app.return_code)
