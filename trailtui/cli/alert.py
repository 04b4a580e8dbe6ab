"""Reading what a user gives as an alert, and saying what was in it."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trailtui.cli.output import say
from trailtui.model.errors import InputError

if TYPE_CHECKING:
    from trailtui.case.file import Case
    from trailtui.case.findings import Taken
    from trailtui.detect.intake import Intake
    from trailtui.model.finding import Finding

MOST_SAID = 10
READ_LIMIT = (64 << 20) + 1
"""One byte more than an alert may have, so that a longer one is noticed and not read whole."""


def read_source(source: str) -> tuple[str, bytes]:
    """Origin and bytes of a file, or of standard input for `-`. Raises InputError."""
    if source == "-":
        return "standard input", sys.stdin.buffer.read(READ_LIMIT)
    try:
        with Path(source).open("rb") as file:
            return str(Path(source).absolute()), file.read(READ_LIMIT)
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", where=source) from None


def read_intake(origin: str, data: bytes) -> "Intake":
    """The findings in an alert. Raises InputError, naming the origin, where there is none."""
    from trailtui.detect.intake import read_alert

    try:
        return read_alert(data)
    except InputError as error:
        raise InputError(error.what, where=origin, cure=error.cure) from None


def say_intake(intake: "Intake") -> None:
    """What was no finding, and what was passed over."""
    for refused in intake.refused[:MOST_SAID]:
        say(f"Not read: {refused}")
    if len(intake.refused) > MOST_SAID:
        say(f"Not read: {len(intake.refused) - MOST_SAID} more.")
    for what, count in intake.passed_over:
        say(f"Passed over: {count} {what}.")


def say_findings(findings: Sequence["Finding"]) -> None:
    """The first few findings, and how many more there are."""
    for finding in findings[:MOST_SAID]:
        say_finding(finding)
    if len(findings) > MOST_SAID:
        say(f"And {len(findings) - MOST_SAID} more: `trailtui findings CASE` lists them.")


def say_finding(finding: "Finding") -> None:
    """A finding in a few lines: what, whom it names, where to look, what it lacks."""
    severity = f" ({finding.severity_word})" if finding.severity_word else ""
    say(f"{finding.product or finding.kind}: {finding.type}{severity}")
    if finding.title:
        say(f"  {finding.title}")
    for entity in finding.entities:
        say(f"  names the {entity.kind} {entity.value}")
    say(f"  look from {finding.window}")
    for sentence in finding.missing:
        say(f"  note: {sentence}")


def say_taken(taken: "Taken") -> None:
    """What became of findings that joined a case."""
    say(
        f"{taken.count('new')} new findings, {taken.count('update')} updates, "
        f"{taken.count('known')} known already; {len(taken.entities)} new entities."
    )
    if taken.window:
        say(f"The time window grew: {taken.window[0]} is now {taken.window[1]}.")
    for remark in taken.remarks:
        say(f"Note: {remark}.")


def start_matching(case: "Case", findings: Sequence["Finding"]) -> None:
    """Start the playbook that answers the findings best; say which, or why none was started."""
    from trailtui.playbook.load import find_playbooks
    from trailtui.playbook.starting import start_answering

    started = start_answering(case, findings)
    if not started.matches:
        known = ", ".join(one.id for one in find_playbooks() if one.playbook)
        say(f"No playbook answers this. There are: {known or 'none'}.")
        return
    best, *others = started.matches
    name = best.playbook.id
    if started.run is None:
        say(f"Playbook {name} answers {best.pattern}, and is not started: {started.why_not}.")
        say(f"Start it: trailtui run {case.name} --playbook {name} --input NAME=VALUE")
    else:
        say(f"Playbook {name} is started: it answers {best.pattern}.")
    if others:
        say(f"Others that answer it too: {', '.join(one.playbook.id for one in others)}.")
