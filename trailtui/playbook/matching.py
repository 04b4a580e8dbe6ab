"""Which playbook answers a finding.

A playbook's `triggers` are patterns (`*` for any text, case does not count): `guardduty` is held
against GuardDuty's types, by whatever way the finding came; `securityhub` against all types and the
title of a finding in ASFF or OCSF; `alarm` against a CloudWatch alarm's name and metric. The
pattern with the most letters of its own is the best match.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from trailtui.model.errors import InputError
from trailtui.model.finding import Finding
from trailtui.model.times import format_utc
from trailtui.playbook.document import Input, Playbook
from trailtui.playbook.inputs import read_input
from trailtui.playbook.load import find_playbooks
from trailtui.playbook.template import Scalar

_KINDS = {"access_key": "credential", "ip": "ip", "account": "account", "region": "region"}
"""By the type of an input, the kind of entity that fills it."""


@dataclass(frozen=True, slots=True)
class PlaybookMatch:
    """A playbook that answers a finding."""

    playbook: Playbook
    finding: Finding
    pattern: str
    """The trigger that fits, as in `guardduty *:IAMUser/*`."""
    weight: int
    """How many letters of the pattern are its own."""
    inputs: Mapping[str, Scalar]
    """What the finding fills."""
    lacking: tuple[str, ...]
    """Why it can't be started with these, a sentence for each required input without a value."""


def matching_playbooks(
    findings: Sequence[Finding], extra_dirs: Sequence[Path] = ()
) -> list[PlaybookMatch]:
    """The playbooks that answer any of the findings, best first; each once.

    Those that can be started with what their finding says come before those that lack something.
    """
    playbooks = [one.playbook for one in find_playbooks(extra_dirs) if one.playbook]
    best: dict[str, PlaybookMatch] = {}
    for playbook in {one.id: one for one in reversed(playbooks)}.values():
        for finding in findings:
            match = match_playbook(playbook, finding)
            if match and (playbook.id not in best or _rank(match) < _rank(best[playbook.id])):
                best[playbook.id] = match
    return sorted(best.values(), key=_rank)


def match_playbook(playbook: Playbook, finding: Finding) -> PlaybookMatch | None:
    """How a playbook answers a finding; None where it does not."""
    fitting = [
        (sum(letter not in "*?" for letter in pattern), f"{kind} {pattern}")
        for kind, patterns in playbook.triggers.items()
        for pattern in patterns
        if any(fnmatchcase(text.lower(), pattern.lower()) for text in _texts(finding, kind))
    ]
    if not fitting:
        return None
    weight, pattern = max(fitting)
    inputs: dict[str, Scalar] = {}
    lacking: list[str] = []
    for item in playbook.inputs:
        candidates = _candidates(finding, item)
        if len(candidates) == 1:
            inputs[item.name] = read_input(item.name, item.type, candidates[0])
        elif item.required and item.default is None:
            several = f"it names {len(candidates)}" if candidates else "it names none"
            lacking.append(f"needs {item.name}, and {several}")
    return PlaybookMatch(playbook, finding, pattern, weight, inputs, tuple(lacking))


def _texts(finding: Finding, kind: str) -> tuple[str, ...]:
    """What patterns of a kind of trigger are held against."""
    if kind == "alarm":
        return finding.types if finding.kind == "alarm" else ()
    if finding.kind == "alarm":
        return ()
    if kind == "guardduty":
        return finding.types
    if kind == "securityhub" and finding.kind in ("securityhub", "ocsf"):
        return (*finding.types, finding.title)
    return ()


def _candidates(finding: Finding, item: Input) -> list[str]:
    """Values of a finding for an input that its type lets pass.

    An alarm says nothing but its time, so it fills `since` and `until`; another finding's time is
    no bound (see trailtui.playbook.inputs.known_inputs).
    """
    if item.type == "time":
        if finding.kind != "alarm" or item.name not in ("since", "until"):
            return []
        at_ms = finding.window.since_ms if item.name == "since" else finding.window.until_ms
        return [] if at_ms is None else [format_utc(at_ms)]
    own = {"account": finding.account, "region": finding.region}.get(item.type)
    if own:
        return [own]
    kind = _KINDS.get(item.type)
    found = [one.value for one in finding.entities if one.kind == kind]
    return [value for value in found if _passes(item, value)]


def _passes(item: Input, value: str) -> bool:
    try:
        read_input(item.name, item.type, value)
    except InputError:
        return False
    return True


def _rank(match: PlaybookMatch) -> tuple[bool, int, str]:
    return bool(match.lacking), -match.weight, match.playbook.id
