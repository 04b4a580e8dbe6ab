"""Starting a playbook in a case that has just been made."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trailtui.case.file import Case
from trailtui.model.errors import InputError
from trailtui.model.finding import Finding
from trailtui.playbook.load import playbook_named
from trailtui.playbook.matching import PlaybookMatch, match_playbook, matching_playbooks
from trailtui.playbook.runner import PlaybookRun


@dataclass(frozen=True, slots=True)
class Started:
    """What came of looking for the playbook that answers findings."""

    matches: tuple[PlaybookMatch, ...]
    """Those that answer, best first; the first one is the one that was started, or would be."""
    run: PlaybookRun | None = None
    why_not: str = ""
    """Why none was started, as a sentence."""


def start_with_given(
    case: Case,
    playbook_id: str,
    extra_dirs: Sequence[Path] = (),
    findings: Sequence[Finding] = (),
) -> PlaybookRun:
    """Start the playbook of that id with what the case was given: its entities, its time window,
    and what a finding says where the playbook answers it.

    Raises InputError where there is no such playbook, or a required input has no value.
    """
    playbook = playbook_named(playbook_id, extra_dirs)
    matches = [match for one in findings if (match := match_playbook(playbook, one))]
    matches.sort(key=lambda match: len(match.lacking))
    return PlaybookRun.start(case, playbook, matches[0].inputs if matches else {})


def start_answering(
    case: Case, findings: Sequence[Finding], extra_dirs: Sequence[Path] = ()
) -> Started:
    """Start the playbook that answers the findings best, where its required inputs are known."""
    matches = tuple(matching_playbooks(findings, extra_dirs))
    if not matches:
        return Started((), why_not="no playbook answers this")
    best = matches[0]
    if best.lacking:
        return Started(matches, why_not=f"it {'; '.join(best.lacking)}")
    try:
        return Started(matches, PlaybookRun.start(case, best.playbook, best.inputs))
    except InputError as error:
        return Started(matches, why_not=str(error).rstrip("."))
