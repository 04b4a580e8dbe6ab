"""Reading an alert: the findings in it, what is no finding, and what was passed over."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from trailtui.detect.alarm import Quiet, read_alarm
from trailtui.detect.asff import read_asff
from trailtui.detect.envelopes import Around, Piece, Refused, open_document
from trailtui.detect.guardduty import read_guardduty
from trailtui.detect.ocsf import read_ocsf
from trailtui.model.errors import InputError
from trailtui.model.finding import Finding

MOST_FINDINGS = 20_000
_READERS: dict[str, Callable[[Piece], Finding | Quiet]] = {
    "guardduty": read_guardduty,
    "asff": read_asff,
    "ocsf": read_ocsf,
    "alarm": read_alarm,
    "alarm-event": read_alarm,
    "alarm-notice": read_alarm,
    "alarm-history": read_alarm,
}


@dataclass(frozen=True, slots=True)
class Intake:
    """What a document held."""

    findings: tuple[Finding, ...] = ()
    refused: tuple[Refused, ...] = ()
    """What is no finding, or a broken one, each with its place and the reason."""
    passed_over: tuple[tuple[str, int], ...] = ()
    """What is sound and no alert, such as quiet alarms, and how many."""


def read_findings(data: bytes, around: Around | None = None) -> Intake:
    """Everything in a document: a finding, several, or an answer of the API without any.

    `data` is JSON or JSON lines, gzip or not, in any of the known shapes and envelopes. A broken
    finding does not keep the others away. Raises InputError where the document is no JSON.
    """
    findings: list[Finding] = []
    refused: list[Refused] = []
    quiet: Counter[str] = Counter()
    for piece in open_document(data, around):
        if isinstance(piece, Refused):
            refused.append(piece)
            continue
        if len(findings) == MOST_FINDINGS:
            quiet[f"findings beyond the first {MOST_FINDINGS:,}"] += 1
            continue
        try:
            read = _READERS[piece.shape](piece)
        except InputError as error:
            refused.append(Refused(piece.position, error.what))
            continue
        if isinstance(read, Quiet):
            quiet[read.what] += 1
        else:
            findings.append(read)
    return Intake(tuple(findings), tuple(refused), tuple(quiet.items()))


def read_alert(data: bytes) -> Intake:
    """The same for what a case is to begin with: raises InputError where no finding is in it, with
    the reason and the place.
    """
    intake = read_findings(data)
    if intake.findings:
        return intake
    if not intake.refused:
        quiet = "; ".join(f"{count} {what}" for what, count in intake.passed_over)
        raise InputError(
            f"no finding is in it{f': {quiet}' if quiet else ', it is an empty answer'}",
            cure="Give the finding that raised the alarm.",
        )
    first, *others = intake.refused
    more = f" ({len(others)} more)" if others else ""
    where = f"{first.position} " if first.position else "it "
    raise InputError(
        f"the alert holds no finding that can be read: {where}{first.reason}{more}",
        cure="Known are findings of GuardDuty, Security Hub (ASFF, OCSF) and CloudWatch alarms; "
        "without one, name what is known: `trailtui new CASE --access-key ID`.",
    )
