"""What a step with `detect` does: rules over the case, their findings as rows."""

from trailtui.case.coverage import looked_at
from trailtui.case.detections import events_of, list_detections
from trailtui.case.file import Case
from trailtui.detect.behaviour.running import behaviour_rules
from trailtui.detect.rule import KINDS
from trailtui.detect.rules import RuleSet, run_rules
from trailtui.detect.shipped_rules import shipped_filters, shipped_sigma
from trailtui.model.errors import InputError
from trailtui.model.times import format_utc
from trailtui.playbook.result import Part
from trailtui.playbook.template import Scalar

COLUMNS = (
    "finding", "severity", "title", "about", "events", "first", "last", "next", "rule",
)  # fmt: skip
EVERY = "all"


def run_detection(case: Case, name: str, parameters: dict[str, Scalar], each: str | None) -> Part:
    """Run `all` rules of the program, those of a kind (filter, sigma, behaviour), or one by its id.

    Each row leads to the first event of its finding. Raises InputError where there is no such rule.
    """
    chosen = _chosen(case, name)
    done = run_rules(case, chosen)
    numbers = {number for number, _, _ in done.kept.states}
    found = [one for one in list_detections(case) if one.number in numbers]
    rows: list[tuple[Scalar, ...]] = []
    for one in found:
        first, last = (
            None if at_ms is None else format_utc(at_ms) for at_ms in (one.first_ms, one.last_ms)
        )
        rows.append((one.name, one.severity, one.title, one.about, one.events, first, last,
                     one.next_step, one.rule))  # fmt: skip
    left_out = f" {' '.join(chosen.passed_over)}" if chosen.passed_over else ""
    return Part(
        "detect", name, parameters, each,
        columns=COLUMNS,
        rows=tuple(rows),
        event_ids=tuple(events_of(case, one.number)[0] for one in found),
        looked_at=f"{looked_at(case)} {len(chosen.rules)} rules.{left_out}",
    )  # fmt: skip


def _chosen(case: Case, name: str) -> RuleSet:
    every = {"filter": shipped_filters, "sigma": shipped_sigma,
             "behaviour": lambda: behaviour_rules(case)}  # fmt: skip
    if name in every:
        return every[name]()
    chosen = RuleSet()
    for read in every.values():
        chosen.add(read())
    if name == EVERY:
        return chosen
    chosen.rules = [rule for rule in chosen.rules if rule.facts.id == name]
    if not chosen.rules:
        raise InputError(
            f"there is no rule {name!r}",
            cure=f"Name one of `trailtui detect --list`, {', '.join(KINDS)}, or {EVERY}.",
        )
    return chosen
