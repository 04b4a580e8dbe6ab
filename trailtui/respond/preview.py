"""What a responder sees before confirming: one view model for the console and the command line."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from trailtui.case.file import Case
from trailtui.model.text import safe
from trailtui.model.times import format_utc, now_ms
from trailtui.respond.action import Action, Fact, State, essence
from trailtui.respond.arming import arming
from trailtui.respond.placeholders import fill_sending_time
from trailtui.respond.plan import Plan
from trailtui.respond.registry import find_action
from trailtui.respond.store import ActionRow, find_plan


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan as it is shown. Every text is safe to print."""

    action_id: int
    plan_hash: str
    short_hash: str
    state: str
    title: str
    action: str
    target: str
    """What is typed to confirm."""
    arn: str
    account: str
    planned: str
    """When, and as whom."""
    armed_for: str | None
    """The identity that the case is armed for; None while it is read-only."""
    does: str
    commands: tuple[str, ...]
    """The calls as lines for the `aws` tool; times as if sent now."""
    time_note: str
    """What is said of a time that is filled in as the call is sent; empty where there is none."""
    before: tuple[Fact, ...]
    after: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    """The blast radius: who and what is hit."""
    certainty: str
    warnings: tuple[str, ...]
    does_not_stop: tuple[str, ...]
    can_hurt: tuple[str, ...]
    needs: tuple[str, ...]
    """The permissions that it takes."""
    undo: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines."""

    heading: str
    lines: tuple[str, ...]


def preview(case: Case, reference: str, command_options: Sequence[str] = ()) -> Preview:
    """The preview of the plan of that number or hash.

    `command_options` are AwsSession.command_options. Raises InputError where there is no such plan.
    """
    return preview_of(case, find_plan(case, reference), command_options)


def preview_of(case: Case, row: ActionRow, command_options: Sequence[str] = ()) -> Preview:
    """The preview of an action of the case."""
    plan = row.plan
    action = find_action(plan.action)
    is_undo = plan.undo_of is not None
    armed = arming(case)
    return Preview(
        action_id=row.id,
        plan_hash=row.plan_hash,
        short_hash=row.short_hash,
        state=row.state,
        title=plan.title,
        action=plan.action,
        target=safe(plan.subject.id),
        arn=safe(plan.subject.arn),
        account=safe(plan.subject.account),
        planned=safe(f"{format_utc(plan.planned_ms)} by {plan.identity}"),
        armed_for=None if armed is None else safe(armed.arn),
        does=f"Takes action {plan.undo_of} back." if is_undo else action.does,
        commands=tuple(safe(line) for line in _commands(plan, command_options)),
        time_note=_time_note(plan.time_bound, plan.parameters.get("margin", "")),
        before=_facts(plan.prior),
        after=_facts(plan.after),
        facts=tuple(Fact(fact.label, safe(fact.value)) for fact in plan.facts),
        certainty=safe(plan.certainty),
        warnings=tuple(safe(warning) for warning in plan.warnings),
        does_not_stop=() if is_undo else action.does_not_stop,
        can_hurt=() if is_undo else action.can_hurt,
        needs=plan.needs,
        undo=_undo(action, plan),
    )


def sections(shown: Preview) -> list[Section]:
    """The preview in the order in which it is read; empty sections are left out."""
    target = [f"{shown.target}  ({shown.arn}, account {shown.account})"]
    listed = [
        Section("Target", tuple(target)),
        Section("What it does", (shown.does,)),
        Section("What is sent", (*shown.commands, *([shown.time_note] if shown.time_note else []))),
        Section("State before", _lines(shown.before)),
        Section("State after", _lines(shown.after)),
        Section("Who is hit", _lines(shown.facts)),
        Section("Warnings", shown.warnings),
        Section("What it does not stop", shown.does_not_stop),
        Section("How it can hurt", shown.can_hurt),
        Section("How sure this is", (shown.certainty,)),
        Section("Permissions needed", (", ".join(shown.needs),)),
        Section("Undo", (shown.undo,)),
        Section("Planned", (shown.planned,)),
        Section(
            "Case",
            (f"armed for {shown.armed_for}" if shown.armed_for else "read-only: not armed",),
        ),
    ]
    return [section for section in listed if section.lines]


def _commands(plan: Plan, options: Sequence[str]) -> list[str]:
    """The lines to run; only a plan that waits for its time has one filled in."""
    calls = plan.calls
    if plan.time_bound:
        present = now_ms()
        calls = tuple(
            replace(call, parameters=fill_sending_time(dict(call.parameters), present))
            for call in calls
        )
    return [call.command(options) for call in calls]


def _undo(action: Action, plan: Plan) -> str:
    if plan.undo_of is not None:
        return f"Plan {plan.action} again."
    return f"It can't be undone. {action.undo_says}" if action.irreversible else action.undo_says


def _time_note(time_bound: bool, margin: str) -> str:
    if not time_bound:
        return ""
    return f"The time shown is as if it were sent now: it becomes the sending time + {margin} s."


def _facts(state: State) -> tuple[Fact, ...]:
    return tuple(
        Fact(name, safe(value if isinstance(value, str) else json.dumps(value)))
        for name, value in essence(state).items()
    )


def _lines(facts: Sequence[Fact]) -> tuple[str, ...]:
    return tuple(f"{fact.label}: {fact.value}" for fact in facts)
