"""Findings that come later join a case, from a file, standard input or an answer of the API."""

from collections.abc import Sequence
from dataclasses import dataclass

from trailtui.case.file import Case
from trailtui.case.findings import Refusal, Taken, take_findings
from trailtui.detect.envelopes import Around, Refused
from trailtui.detect.intake import Intake, read_alert, read_findings


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of a document."""

    intake: Intake
    taken: Taken
    later: int = 0
    """Findings of an answer that began after what was asked for, and were left out."""


def refusals(refused: Sequence[Refused]) -> tuple[Refusal, ...]:
    """Refusals as a case keeps them."""
    return tuple((one.position, one.reason) for one in refused)


def join_alert(case: Case, origin: str, data: bytes) -> Joined:
    """Take the findings of a document that somebody chose into the case.

    Raises InputError where no finding is in it; the case is unchanged then.
    """
    intake = read_alert(data)
    taken = take_findings(case, origin, data, intake.findings, refusals(intake.refused))
    return Joined(intake, taken)


def join_answer(
    case: Case, origin: str, data: bytes, around: Around, *, until_ms: int | None = None
) -> Joined:
    """Take an answer of the API into the case; one without findings is evidence too.

    Findings first seen at `until_ms` or later are left out, and counted.
    """
    intake = read_findings(data, around)
    wanted = [
        one
        for one in intake.findings
        if until_ms is None or one.first_ms is None or one.first_ms < until_ms
    ]
    taken = take_findings(case, origin, data, wanted, refusals(intake.refused), chosen=False)
    return Joined(intake, taken, len(intake.findings) - len(wanted))
