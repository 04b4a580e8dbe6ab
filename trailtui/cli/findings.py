"""`trailtui findings`: the alerts of a case, what they name and what they lack."""

import json
from typing import TYPE_CHECKING

import click

from trailtui.cli.cases import open_case
from trailtui.cli.output import format_option, print_rows, say

if TYPE_CHECKING:
    from trailtui.case.findings import StoredFinding


@click.command()
@click.argument("case")
@click.option("--all", "all_versions", is_flag=True, help="Every version of each finding.")
@click.option("--show", metavar="N", type=int, help="All that one finding says.")
@format_option
def findings(case: str, all_versions: bool, show: int | None, output: str) -> None:
    """The findings of CASE: GuardDuty, Security Hub, OCSF, CloudWatch alarms.

    `trailtui collect CASE findings` brings more.
    """
    from trailtui.case.findings import list_findings
    from trailtui.model.times import format_utc

    def when(at_ms: int | None) -> str | None:
        return None if at_ms is None else format_utc(at_ms)

    def row(one: "StoredFinding") -> tuple[object, ...]:
        found = one.finding
        named = "; ".join(str(entity) for entity in found.entities)
        return (
            one.number, found.kind, found.severity_word, found.type, when(found.first_ms),
            when(found.last_ms), found.count, found.account, found.region,
            f"{one.version} of {one.versions}", one.evidence, found.position, named, found.title,
            found.id,
        )  # fmt: skip

    with open_case(case, readonly=True) as opened:
        listed = list_findings(opened, all_versions=all_versions or show is not None)
    if show is not None:
        _show([one for one in listed if one.number == show], show)
        return
    columns = (
        "finding", "kind", "severity", "type", "first (UTC)", "last (UTC)", "count", "account",
        "region", "version", "evidence", "position", "names", "title", "id",
    )  # fmt: skip
    print_rows(columns, [row(one) for one in listed], output)
    if not listed:
        say(f"No finding is in this case; `trailtui collect {case} findings` brings some.")


def _show(found: "list[StoredFinding]", number: int) -> None:
    from trailtui.model.errors import InputError

    if not found:
        raise InputError(
            f"there is no finding {number} in this case",
            cure="`trailtui findings CASE --all` lists them.",
        )
    click.echo(json.dumps(found[0].finding.as_json(), indent=2))
