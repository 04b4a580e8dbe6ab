"""`trailtui contain`: plan, preview, confirm, apply, verify, watch and undo containment."""

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import click

from trailtui.cli import contain_many
from trailtui.cli.aws_options import aws_options, open_aws
from trailtui.cli.cases import open_case
from trailtui.cli.output import exit_bad_news, format_option, print_rows, say
from trailtui.model.errors import UsageError
from trailtui.model.text import safe

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession
    from trailtui.case.file import Case
    from trailtui.respond.run import Outcome


class _Aws(TypedDict):
    profile: str | None
    region: str | None
    endpoint_url: str | None


@click.group()
@click.argument("case")
@click.pass_context
def contain(ctx: click.Context, case: str) -> None:
    """Contain what CASE shows: plan ACTION TARGET, apply PLAN, verify, watch, undo N.

    Nothing is changed unless the case is armed and the plan is confirmed.
    """
    ctx.obj = case


@contain.command("list", short_help="The actions of the case, and their states")
@format_option
@click.pass_obj
def list_actions(case: str, output: str) -> None:
    """The actions of the case: planned, carried out, verified, undone."""
    with open_case(case, readonly=True) as opened:
        contain_many.print_actions(opened, output)


@contain.command("actions", short_help="What can be planned, and what it does")
@format_option
@click.pass_obj
def list_catalogue(case: str, output: str) -> None:
    """The actions that can be planned, with their parameters and what they do."""
    from trailtui.respond.registry import actions

    del case
    rows = [
        (
            action.name,
            action.subject_kind,
            ", ".join(parameter.name for parameter in action.parameters),
            action.does,
            ", ".join(sorted({*action.permissions.plan, *action.permissions.apply})),
            ", ".join(action.permissions.look),
            ", ".join(sorted(set(action.permissions.undo))),
        )
        for action in actions().values()
    ]
    columns = ("action", "target", "parameters", "does", "permissions", "look", "undo")
    print_rows(columns, rows, output)


@contain.command(short_help="Plan one action or many; only reads")
@click.argument("action", required=False)
@click.argument("target", required=False)
@click.option("--for", "credential", metavar="CREDENTIAL", help="Against its whole lineage.")
@click.option(
    "--add", "added", nargs=2, multiple=True, metavar="ACTION TARGET", help="One more action."
)
@click.option(
    "-p", "--parameter", "parameters", multiple=True, metavar="K=V", help="See `contain … actions`."
)
@aws_options
@format_option
@click.pass_obj
def plan(
    case: str,
    action: str | None,
    target: str | None,
    credential: str | None,
    added: tuple[tuple[str, str], ...],
    parameters: tuple[str, ...],
    output: str,
    **aws: Unpack[_Aws],
) -> None:
    """Plan ACTION on TARGET, or many actions (--for, --add), and show what would be done.

    Only reads. Many actions make one plan, in the order that it argues for.
    """
    from trailtui.respond.run import make_plan

    contain_many.check_words(action, target, credential, added)
    with open_case(case) as opened:
        session = open_aws(opened, **aws)
        if action is not None and target is not None and credential is None and not added:
            given = dict(map(_pair, parameters))
            made = make_plan(opened, session, action, target, given)
            _print_preview(opened, made.hash, session.command_options, output)
            say(f"Next: trailtui contain {case} apply {made.hash[:12]} --arm --confirm …")
            return
        named = [(action, target)] if action is not None and target is not None else []
        many = contain_many.make(opened, session, credential, [*named, *added])
        contain_many.print_containment(opened, many, session.command_options, output)
        say(f"Next: trailtui contain {case} apply {many.name} --arm --confirm {many.short_hash}")


@contain.command(short_help="The preview of a plan again")
@click.argument("plan")
@aws_options
@format_option
@click.pass_obj
def show(case: str, plan: str, output: str, **aws: Unpack[_Aws]) -> None:
    """The preview of PLAN (a number, a hash, or p1 for a plan of many) again. Sends nothing."""
    from trailtui.respond.containment_store import find_containment, names_containment

    with open_case(case, readonly=True) as opened:
        options = open_aws(opened, **aws).command_options
        if names_containment(opened, plan):
            found = find_containment(opened, plan)
            contain_many.print_containment(opened, found, options, output)
        else:
            _print_preview(opened, plan, options, output)


@contain.command(short_help="Carry out a plan, and verify it")
@click.argument("plan")
@click.option("--confirm", metavar="HASH", help="The plan's hash (12 digits) or its target.")
@click.option(
    "--irreversible",
    multiple=True,
    metavar="TARGET",
    help="Of a plan of many: confirms an action that can't be undone.",
)
@click.option("--arm", "arm_first", is_flag=True, help="Arm the case for this identity first.")
@click.option("--dry-run", is_flag=True, help="Check everything, print the calls, send none.")
@aws_options
@format_option
@click.pass_obj
def apply(
    case: str,
    plan: str,
    confirm: str | None,
    irreversible: tuple[str, ...],
    arm_first: bool,
    dry_run: bool,
    output: str,
    **aws: Unpack[_Aws],
) -> None:
    """Carry out PLAN (a number, a hash, or p1 for a plan of many), and verify it.

    Without --confirm the preview is shown and what confirms it is to be typed. A plan of many that
    was interrupted goes on where it stood.
    """
    from trailtui.respond.containment_store import names_containment

    with open_case(case) as opened:
        session = open_aws(opened, **aws)
        if names_containment(opened, plan):
            given = (confirm, irreversible)
            contain_many.apply_many(
                opened, session, plan, given, output, arm_first=arm_first, dry_run=dry_run
            )
        else:
            _apply_one(opened, session, plan, confirm, output, arm_first=arm_first, dry_run=dry_run)


def _apply_one(
    case: "Case",
    session: "AwsSession",
    plan: str,
    confirm: str | None,
    output: str,
    *,
    arm_first: bool,
    dry_run: bool,
) -> None:
    from trailtui.respond import run

    if confirm is None and not dry_run:
        confirm = _ask_confirmation(case, plan, session.command_options)
    contain_many.arm_first_if(case, session, wanted=arm_first and not dry_run)
    outcome = run.apply(case, session, plan, confirm or "", dry_run=dry_run)
    for command in outcome.commands:
        say(f"{'Would send' if dry_run else 'Sent'}: {command}")
    _print_outcomes([outcome], output)
    contain_many.exit_for_all([] if dry_run else [outcome])


@contain.command(short_help="Look whether what was done still holds")
@aws_options
@format_option
@click.pass_obj
def verify(case: str, output: str, **aws: Unpack[_Aws]) -> None:
    """Look whether what was done still holds; settle what was interrupted. Only reads."""
    from trailtui.respond import run

    with open_case(case) as opened:
        outcomes = run.verify(opened, open_aws(opened, **aws))
        _print_outcomes(outcomes, output)
    if not outcomes:
        say("No action of this case was carried out: there is nothing to verify.")
    contain_many.exit_for_all(outcomes)


@contain.command(short_help="What the contained credentials still do")
@click.option("--minutes", type=click.FloatRange(0.1), default=30.0, show_default=True)
@click.option("--every", type=click.FloatRange(1), default=60.0, show_default=True, help="Seconds.")
@click.option(
    "--for",
    "roots",
    multiple=True,
    metavar="CREDENTIAL",
    help="Else what the case's plans are for.",
)
@click.option("--go-on", is_flag=True, help="Do not end with the first bad news.")
@aws_options
@format_option
@click.pass_obj
def watch(
    case: str,
    minutes: float,
    every: float,
    roots: tuple[str, ...],
    go_on: bool,
    output: str,
    **aws: Unpack[_Aws],
) -> None:
    """Watch what the contained credentials still do, and what grew from them. Only reads.

    Asks the event history again and again, works out the lineage anew, and verifies every action.
    Ends at once, with exit code 1, when something got through, grew, or no longer holds.
    """
    from trailtui.cli import contain_watch
    from trailtui.playbook.watching import Watch, roots_of

    with open_case(case) as opened:
        session = open_aws(opened, **aws)
        watching = Watch(opened, session, roots or roots_of(opened), sleep=time.sleep)
        for seen in watching.rounds(seconds=minutes * 60, every_s=every):
            contain_watch.print_round(seen, case, output)
            if not seen.holds and not go_on:
                exit_bad_news()
        contain_watch.conclude(watching)


@contain.command(short_help="Take back one action, or all that stand")
@click.argument("number", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help="All that stands, the last first; sends.")
@click.option("--of", "plan", metavar="PLAN", help="With --all: only what belongs to this plan.")
@click.option("--confirm", metavar="WORD", help="With --all: 'undo ACCOUNT'.")
@aws_options
@format_option
@click.pass_obj
def undo(
    case: str,
    number: int | None,
    everything: bool,
    plan: str | None,
    confirm: str | None,
    output: str,
    **aws: Unpack[_Aws],
) -> None:
    """Plan the way back from action NUMBER, which `apply` then carries out; or take all back.

    With a NUMBER it only reads. With --all everything that stands is taken back at once, the last
    first, after its word was typed. What somebody changed since is left as it is.
    """
    from trailtui.respond import run

    if everything == (number is not None):
        raise UsageError("give the number of one action, or --all")
    with open_case(case) as opened:
        session = open_aws(opened, **aws)
        if number is None:
            contain_many.undo_everything(opened, session, plan, confirm, output)
            return
        made = run.undo(opened, session, number)
        _print_preview(opened, made.hash, session.command_options, output)
        say(f"Next: trailtui contain {case} apply {made.hash[:12]} --confirm …")


@contain.command(short_help="Let containment change things")
@aws_options
@click.pass_obj
def arm(case: str, **aws: Unpack[_Aws]) -> None:
    """Let this identity change things in its account, from this case."""
    from trailtui.respond import arming

    with open_case(case) as opened:
        armed = arming.arm(opened, open_aws(opened, **aws))
        say(f"Armed for {armed.arn} in account {armed.account}.")


@contain.command()
@click.pass_obj
def disarm(case: str) -> None:
    """Make the case read-only again."""
    from trailtui.respond import arming

    with open_case(case) as opened:
        arming.disarm(opened)
        say("The case is read-only.")


@contain.command(short_help="Users and roles that no action may touch")
@click.argument("arns", nargs=-1)
@click.option("--remove", is_flag=True, help="Take them off the list.")
@format_option
@click.pass_obj
def protect(case: str, arns: tuple[str, ...], remove: bool, output: str) -> None:
    """The break-glass list: users and roles no action may touch. Adds ARNS; none: shows it."""
    from trailtui.respond.refusals import break_glass_list, protect_arns

    with open_case(case, readonly=not arns) as opened:
        if arns:
            protect_arns(opened, arns, remove=remove)
        print_rows(("arn",), [(arn,) for arn in break_glass_list(opened)], output)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{text!r} is no parameter", cure="Write --parameter NAME=VALUE.")
    return name, value


def _ask_confirmation(case: "Case", reference: str, options: tuple[str, ...]) -> str:
    """Show the preview and let the target be typed; only where somebody can type."""
    from trailtui.respond.store import find_plan

    find_plan(case, reference)  # what is not there needs no confirmation
    contain_many.must_type()
    _print_preview(case, reference, options, "table", to=say)
    return str(click.prompt("Type the target to confirm", err=True))


def _print_preview(
    case: "Case",
    reference: str,
    options: tuple[str, ...],
    output: str,
    to: Callable[[str], None] = click.echo,
) -> None:
    from dataclasses import asdict

    from trailtui.respond.preview import preview, sections

    shown = preview(case, reference, options)
    if output != "table":
        fields: dict[str, Any] = asdict(shown)
        print_rows(tuple(fields), [tuple(fields.values())], output)
        return
    to(f"{shown.title}: {shown.target}   action {shown.action_id}, {shown.state}")
    to(f"Plan {shown.plan_hash}")
    for section in sections(shown):
        to(f"\n{section.heading}")
        for line in section.lines:
            to(f"  {safe(line)}")


def _print_outcomes(outcomes: Iterable["Outcome"], output: str) -> None:
    rows = [
        (outcome.action_id, outcome.action, outcome.target, outcome.state, outcome.says)
        for outcome in outcomes
    ]
    print_rows(("id", "action", "target", "state", "says"), rows, output)
