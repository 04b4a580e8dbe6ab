"""A containment plan as it is shown before it is confirmed, and as it stands while it runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trailtui.case.file import Case
from trailtui.model.text import safe
from trailtui.model.times import format_utc
from trailtui.respond.arming import arming
from trailtui.respond.containment_store import ContainmentRow, Standing, standings
from trailtui.respond.preview import Preview, Section, preview_of

ORDER_SAYS = (
    "Logging is put back before all else, so that what follows is seen. Evidence is kept before "
    "anything could destroy it.",
    "Denials come first: they bind keys, sessions and sign-ins at once, so that nobody mints new "
    "credentials or takes the rest back while it is done. Keys next: a key whose sessions were "
    "cut first would make new ones. Then the ways in, then the sessions.",
    "Sessions come last and once more when their margin is over: IAM takes a while until a denial "
    "holds everywhere, and what was minted in that time is newer than the first cut.",
    "What destroys comes at the very end, after everything that an undo may need was read.",
)
"""The argument for the order; docs/containment.md has it at length."""


@dataclass(frozen=True, slots=True)
class ContainmentPreview:
    """A containment plan as it is shown. Every text is safe to print."""

    name: str
    plan_hash: str
    short_hash: str
    word: str
    """What is typed to confirm the whole."""
    account: str
    root: str
    """The credential it is for; empty where it was put together by hand."""
    planned: str
    armed_for: str | None
    entries: tuple[tuple[Standing, Preview], ...]
    typed_singly: tuple[str, ...]
    """Targets of actions that can't be undone: each is typed by itself."""
    sections: tuple[Section, ...]


def preview_containment(
    case: Case, row: ContainmentRow, command_options: Sequence[str] = ()
) -> ContainmentPreview:
    """The preview of a containment plan; `command_options` are AwsSession.command_options."""
    plan = row.plan
    armed = arming(case)
    shown = tuple((one, preview_of(case, one.row, command_options)) for one in standings(case, row))
    return ContainmentPreview(
        name=row.name,
        plan_hash=row.hash,
        short_hash=row.short_hash,
        word=plan.word,
        account=safe(plan.account),
        root=safe(plan.root or ""),
        planned=safe(f"{format_utc(plan.made_ms)} by {plan.identity}"),
        armed_for=None if armed is None else safe(armed.arn),
        entries=shown,
        typed_singly=tuple(safe(one.target) for one in plan.entries if one.irreversible),
        sections=tuple(section for section in _sections(row, shown) if section.lines),
    )


def _sections(row: ContainmentRow, shown: Sequence[tuple[Standing, Preview]]) -> list[Section]:
    plan = row.plan
    lacking = [f"missing: {name}" for name in plan.missing]
    listed = [
        Section(
            "What is done, in this order",
            tuple(line for one, _ in shown for line in entry_lines(one)),
        ),
        Section("What is sent", tuple(line for pair in shown for line in _commands(*pair))),
        Section("Who is hit", tuple(_safe(f"{fact.label}: {fact.value}" for fact in plan.facts))),
        Section("Warnings", tuple(_warnings(row, shown))),
        Section("What can't be undone", tuple(_for_good(shown))),
        Section("Left out", tuple(_safe(f"{one.what}: {one.why}" for one in plan.left_out))),
        Section("Permissions", tuple(_safe((*lacking, plan.simulated)))),
        Section("State before", tuple(line for pair in shown for line in _before(*pair))),
        Section("How it can hurt", tuple(_distinct(shown, "can_hurt"))),
        Section("What it does not stop", tuple(_distinct(shown, "does_not_stop"))),
        Section("How sure this is", tuple(_certainty(shown))),
        Section("Why in this order", ORDER_SAYS),
    ]
    return listed


def entry_lines(standing: Standing) -> list[str]:
    """An entry in a line or two: its place, its stage, what it is, where it stands; and why."""
    entry = standing.entry
    state = "" if standing.row.state == "planned" else f"  [{standing.row.state}]"
    again = ""
    if entry.again_after_s is not None:
        done = standing.again.state if standing.again is not None else "to come"
        again = f", once more after {entry.again_after_s} s ({done})"
    line = (
        f"{entry.position}. {entry.stage}: {entry.action} {entry.target} "
        f"(action {standing.row.id}){again}{state}"
    )
    return [safe(line), *([safe(f"   {entry.why}")] if entry.why else [])]


def _commands(standing: Standing, shown: Preview) -> list[str]:
    lines = [f"{standing.entry.position}. {line}" for line in shown.commands]
    return [*lines, *([f"   {shown.time_note}"] if shown.time_note else [])]


def _before(standing: Standing, shown: Preview) -> list[str]:
    told = "; ".join(f"{fact.label}: {fact.value}" for fact in shown.before)
    return [f"{standing.entry.position}. {told}"]


def _warnings(row: ContainmentRow, shown: Sequence[tuple[Standing, Preview]]) -> list[str]:
    found = [safe(warning) for warning in row.plan.warnings]
    for standing, one in shown:
        found += [f"{standing.entry.position}. {warning}" for warning in one.warnings]
    # What is true of the case is said by each action; once is enough.
    texts: dict[str, str] = {}
    for line in found:
        number, dot, text = line.partition(". ")
        texts.setdefault(text if dot and number.isdigit() else line, line)
    return list(texts.values())


def _for_good(shown: Sequence[tuple[Standing, Preview]]) -> list[str]:
    return [
        f"{one.entry.position}. {one.entry.action} {safe(one.entry.target)}: {preview.undo}"
        for one, preview in shown
        if one.entry.irreversible
    ]


def _distinct(shown: Sequence[tuple[Standing, Preview]], name: str) -> list[str]:
    lines: dict[str, list[int]] = {}
    for standing, one in shown:
        for line in getattr(one, name):
            lines.setdefault(line, []).append(standing.entry.position)
    return [f"{', '.join(map(str, places))}: {line}" for line, places in lines.items()]


def _certainty(shown: Sequence[tuple[Standing, Preview]]) -> list[str]:
    return [f"{standing.entry.position}. {one.certainty}" for standing, one in shown]


def _safe(lines: Iterable[str]) -> list[str]:
    return [safe(line) for line in lines if line]
