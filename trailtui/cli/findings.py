"""`trailtui findings`: the alerts of a case, what they name and lack, and what rules found."""

import json
from typing import TYPE_CHECKING

import click

from trailtui.cli.cases import open_case
from trailtui.cli.output import format_option, print_rows, say

if TYPE_CHECKING:
    from trailtui.case.file import Case
    from trailtui.case.findings import StoredFinding


@click.command()
@click.argument("case")
@click.option("--all", "all_versions", is_flag=True, help="Every version of each finding.")
@click.option("--show", metavar="N", help="All that one finding says; d7 for one of a rule.")
@format_option
def findings(case: str, all_versions: bool, show: str | None, output: str) -> None:
    """The findings of CASE: GuardDuty, Security Hub, OCSF, CloudWatch alarms, and those of rules.

    `trailtui collect CASE findings` brings more alerts; `trailtui detect CASE` runs the rules,
    whose findings are called d1, d2… here.
    """
    from trailtui.case.detections import list_detections
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
        if show is not None:
            _show(opened, show)
            return
        listed = list_findings(opened, all_versions=all_versions)
        detected = list_detections(opened)
    columns = (
        "finding", "kind", "severity", "type", "first (UTC)", "last (UTC)", "count", "account",
        "region", "version", "evidence", "position", "names", "title", "id",
    )  # fmt: skip
    rows = [row(one) for one in listed]
    rows += [
        (
            one.name, one.kind, one.severity, one.rule, when(one.first_ms), when(one.last_ms),
            one.events, None, None, None, None, None, one.about, one.title, one.rule_sha256[:12],
        )
        for one in detected
    ]  # fmt: skip
    print_rows(columns, rows, output)
    if not rows:
        say(
            f"No finding is in this case; `trailtui collect {case} findings` brings some, "
            f"`trailtui detect {case}` runs rules."
        )


def _show(case: "Case", name: str) -> None:
    """All of an alert's finding as JSON, or of a rule's with the ids of its events."""
    from dataclasses import asdict

    from trailtui.case.detections import events_of, find_detection
    from trailtui.case.events import by_ids
    from trailtui.case.findings import list_findings
    from trailtui.model.errors import InputError

    if name.startswith("d"):
        detected = find_detection(case, name)
        events = by_ids(case, events_of(case, detected.number))
        content = asdict(detected) | {"event_ids": [row.event_id for row in events]}
        click.echo(json.dumps(content, indent=2))
        return
    stored = [one for one in list_findings(case, all_versions=True) if str(one.number) == name]
    if not stored:
        raise InputError(
            f"there is no finding {name} in this case",
            cure="`trailtui findings CASE --all` lists them.",
        )
    click.echo(json.dumps(stored[0].finding.as_json(), indent=2))
