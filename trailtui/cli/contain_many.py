"""What `trailtui contain` prints and asks about plans of several actions."""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from trailtui.cli.output import exit_bad_news, print_rows, say
from trailtui.model.errors import UsageError
from trailtui.model.text import safe
from trailtui.model.times import format_utc, now_ms
from trailtui.model.wording import numbered

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession
    from trailtui.case.file import Case
    from trailtui.respond.carried_out import Result, Step
    from trailtui.respond.containment_store import ContainmentRow
    from trailtui.respond.settling import Outcome
    from trailtui.respond.undoing import Undone

EXIT_AWS_REFUSED = 4
COLUMNS = ("position", "stage", "id", "action", "target", "state", "again", "says")


def print_actions(case: "Case", output: str) -> None:
    """The actions of the case, as what parts of which plans, and how each stands."""
    from trailtui.respond.arming import arming
    from trailtui.respond.containment_store import entry_names
    from trailtui.respond.store import all_actions, superseded

    armed, parts = arming(case), entry_names(case)
    listed = all_actions(case)
    anew = superseded(listed)
    say(f"Armed for {armed.arn}." if armed else "The case is read-only: not armed.")
    rows = [
        (
            row.id,
            row.plan.title,
            row.plan.subject.id,
            row.plan.subject.account,
            row.state,
            anew.get(row.id, ""),
            format_utc(row.planned_ms),
            format_utc(row.changed_ms),
            row.short_hash,
            parts.get(row.id, ""),
            str(row.outcome.get("reason", "")),
        )
        for row in listed
    ]
    columns = (
        "id", "action", "target", "account", "state", "superseded_by", "planned", "changed", "plan",
        "part_of", "reason",
    )  # fmt: skip
    print_rows(columns, rows, output)


def make(
    case: "Case",
    aws: "AwsSession",
    credential: str | None,
    added: Sequence[tuple[str, str]],
) -> "ContainmentRow":
    """Plan against the lineage of a credential, and what was named beside it."""
    from trailtui.lineage.tree import lineage
    from trailtui.respond.planning_many import plan_containment
    from trailtui.respond.proposing import Proposal, Wish
    from trailtui.respond.tampering import propose_all

    proposal = Proposal((), ())
    if credential is not None:
        tree = lineage(case, credential, aws.now_ms())
        say(f"The lineage of {safe(credential)} has {numbered(len(tree.live()), 'live node')}.")
        proposal = propose_all(case, tree, aws.identity().account)
    asked = [Wish(action, target, why="asked for by hand") for action, target in added]
    return plan_containment(
        case, aws, [*proposal.wishes, *asked], root=credential, left_out=proposal.left_out
    )


def print_containment(
    case: "Case",
    row: "ContainmentRow",
    options: Sequence[str],
    output: str,
    to: Callable[[str], None] = click.echo,
) -> None:
    """The preview of a plan; JSON and the like get one row for each action."""
    from trailtui.respond.containment_preview import preview_containment

    shown = preview_containment(case, row, options)
    if output != "table":
        columns = ("plan", "position", "stage", "why", *asdict(shown.entries[0][1]))
        rows = [
            (
                shown.plan_hash,
                one.entry.position,
                one.entry.stage,
                one.entry.why,
                *asdict(p).values(),
            )
            for one, p in shown.entries
        ]
        print_rows(columns, rows, output)
        return
    root = f" for {shown.root}" if shown.root else ""
    to(f"Containment plan {shown.name}{root}, account {shown.account}")
    to(f"Plan {shown.plan_hash}")
    for section in shown.sections:
        to(f"\n{section.heading}")
        for line in section.lines:
            to(f"  {safe(line)}")
    to("\nCase")
    to(f"  {f'armed for {shown.armed_for}' if shown.armed_for else 'read-only: not armed'}")


def confirm(
    case: "Case", row: "ContainmentRow", options: Sequence[str], singly: Sequence[str]
) -> tuple[str, list[str]]:
    """Show the plan and let its word be typed, and each target that can't be undone."""
    must_type()
    print_containment(case, row, options, "table", to=say)
    word = str(click.prompt(f"Type {row.plan.word!r} to confirm the whole", err=True))
    typed = list(singly)
    for entry in row.plan.entries:
        if entry.irreversible and entry.target not in typed:
            asked = (
                f"{entry.action} {safe(entry.target)} can't be undone. Type its target, or nothing "
                "to leave it out"
            )
            answer = str(click.prompt(asked, default="", show_default=False, err=True)).strip()
            if answer:
                typed.append(answer)
    return word, typed


def must_type(
    cure: str = "Give --confirm HASH: the hash stands at the head of the preview.",
) -> None:
    """Raise UsageError, with the cure, where nobody can type."""
    if not sys.stdin.isatty():
        raise UsageError("this is not confirmed", cure=cure)


def tell(step: "Step") -> None:
    """A step of a run, with its time, for whoever waits."""
    place = f"{step.position}. " if step.position else ""
    if step.waits_s and int(step.waits_s) % 10:
        return  # the whole wait would be a line a second
    say(f"{format_utc(now_ms())}  {place}{safe(step.says)}")


def print_result(result: "Result", output: str) -> None:
    """Where each action of the plan stands; what a dry run would send."""
    for command in result.commands:
        say(f"Would send: {safe(command)}")
    notes = dict(result.notes)
    rows = [
        (
            one.entry.position,
            one.entry.stage,
            one.row.id,
            one.row.plan.action,
            one.row.plan.subject.id,
            one.row.state,
            _again(one.entry.again_after_s, one.again.state if one.again else None),
            notes.get(one.entry.position) or str(one.row.outcome.get("reason", "")),
        )
        for one in result.standings
    ]
    print_rows(COLUMNS, rows, output)
    if result.stopped:
        say(f"Stopped: {safe(result.stopped)}")


def _again(after_s: int | None, state: str | None) -> str:
    return "" if after_s is None else state or "to come"


def exit_for(result: "Result") -> None:
    """Exit 4 where AWS refused, 1 where something does not hold or is left; else go on."""
    if result.stopped or any(one.row.state == "failed" for one in result.standings):
        sys.exit(EXIT_AWS_REFUSED)
    if not result.is_good:
        exit_bad_news()


def print_undone(undone: "Undone", output: str) -> None:
    """What was taken back, and what was not and why."""
    rows = [(one.action_id, one.action, one.target, one.state, one.says) for one in undone.outcomes]
    rows += [
        (row.id, row.plan.action, row.plan.subject.id, row.state, f"Not taken back: {why}")
        for row, why in undone.refused
    ]
    print_rows(("id", "action", "target", "state", "says"), rows, output)
    if undone.stopped:
        say(f"Stopped: {safe(undone.stopped)} Undo again then: it goes on where it stood.")


def check_words(
    action: str | None,
    target: str | None,
    credential: str | None,
    added: tuple[tuple[str, str], ...],
) -> None:
    """Raise UsageError where the words of `plan` make no sense together."""
    if (action is None) != (target is None):
        raise UsageError("an action needs a target", cure="plan ACTION TARGET.")
    if action is None and credential is None and not added:
        raise UsageError(
            "nothing to plan was named", cure="plan ACTION TARGET, or plan --for CREDENTIAL."
        )


def arm_first_if(case: "Case", session: "AwsSession", *, wanted: bool) -> None:
    """Arm the case where that was asked for."""
    from trailtui.respond.arming import arm

    if wanted:
        armed = arm(case, session)
        say(f"Armed for {armed.arn} in account {armed.account}.")


def apply_many(
    case: "Case",
    session: "AwsSession",
    plan: str,
    given: tuple[str | None, tuple[str, ...]],
    output: str,
    *,
    arm_first: bool,
    dry_run: bool,
) -> None:
    """Carry out a plan of several actions, or go on with it."""
    from trailtui.respond.carrying_out import carry_out
    from trailtui.respond.containment_store import find_containment

    word, singly = given[0] or "", list(given[1])
    if not word and not dry_run:
        found = find_containment(case, plan)
        word, singly = confirm(case, found, session.command_options, singly)
    arm_first_if(case, session, wanted=arm_first and not dry_run)
    result = carry_out(
        case,
        session,
        plan,
        word,
        irreversible=singly,
        dry_run=dry_run,
        sleep=time.sleep,
        tell=tell,
    )
    print_result(result, output)
    if not dry_run:
        exit_for(result)


def undo_everything(
    case: "Case", session: "AwsSession", plan: str | None, confirm: str | None, output: str
) -> None:
    """Show what stands, have the word typed, and take it back, the last first."""
    from trailtui.respond.containment_store import find_containment
    from trailtui.respond.registry import find_action
    from trailtui.respond.undoing import to_undo, undo_all, undo_word

    only = find_containment(case, plan) if plan is not None else None
    account = session.identity().account
    standing = to_undo(case, account, only)
    if not standing:
        say("Nothing stands that could be taken back.")
        return
    for row in standing:
        action = find_action(row.plan.action)
        can = "can't be undone: " if action.irreversible else ""
        told = f"action {row.id}, {action.name} {row.plan.subject.id}: {can}{action.undo_says}"
        say(safe(told))
    if confirm is None:
        must_type(f"Give --confirm {undo_word(account)!r}.")
        confirm = str(click.prompt(f"Type {undo_word(account)!r} to take all back", err=True))
    undone = undo_all(case, session, confirm, only=only, sleep=time.sleep, tell=tell)
    print_undone(undone, output)
    if not undone.is_good:
        exit_bad_news()


def exit_for_all(outcomes: Iterable["Outcome"]) -> None:
    """Exit 4 where AWS refused, 1 where something does not hold or is not known; else go on."""
    listed = list(outcomes)
    if any(outcome.state in ("failed", "planned") for outcome in listed):
        sys.exit(EXIT_AWS_REFUSED)
    if not all(outcome.is_good for outcome in listed):
        exit_bad_news()
