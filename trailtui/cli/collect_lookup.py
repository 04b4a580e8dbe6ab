"""`trailtui collect CASE lookup`: the event history of accounts and Regions, once or following."""

import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

import click

from trailtui.cli.aws_options import AccessOptions, access_options, open_access
from trailtui.cli.cases import open_case
from trailtui.cli.collecting import (
    Reporter,
    cost_options,
    go_ahead,
    interruptible,
    line_of,
    tell,
    window_of,
    window_options,
)
from trailtui.cli.output import format_option, print_rows, say
from trailtui.model.errors import AwsError, InputError, UsageError
from trailtui.model.times import format_utc
from trailtui.model.wording import numbered

if TYPE_CHECKING:
    from trailtui.aws.access import Access
    from trailtui.aws.reach import Reached
    from trailtui.case.file import Case
    from trailtui.collect.following import Following, Round
    from trailtui.collect.lookup import Attribute, LookupWish
    from trailtui.collect.scope import Scope

_COLUMNS = ("eventTime", "eventName", "principal", "accessKeyId", "sourceIPAddress", "awsRegion",
            "errorCode", "eventID")  # fmt: skip


@click.command()
@click.option(
    "--attribute", multiple=True, metavar="KEY=VALUE", help="As in EventName=StopLogging."
)
@click.option("--access-key", metavar="ID", help="Events of this access key (AccessKeyId).")
@click.option("--user", metavar="NAME", help="Events of this user or session name (Username).")
@click.option("--event-name", metavar="NAME", help="Events of this name.")
@click.option("--resource", metavar="NAME", help="Events about this resource (ResourceName).")
@click.option("--entities", is_flag=True, help="Events of the case's given entities.")
@click.option("--no-insights", is_flag=True, help="Leave out Insight events.")
@click.option("--again", is_flag=True, help="Ask also for what was answered whole before.")
@click.option("--follow", is_flag=True, help="Keep asking for what is new, until Ctrl-C.")
@click.option(
    "--every", default=60.0, show_default=True, type=click.FloatRange(5), metavar="SECONDS",
    help="How long --follow waits between two rounds.",
)  # fmt: skip
@window_options
@cost_options
@access_options
@format_option
@click.pass_obj
def lookup(
    case: str,
    attribute: tuple[str, ...],
    access_key: str | None,
    user: str | None,
    event_name: str | None,
    resource: str | None,
    entities: bool,
    no_insights: bool,
    again: bool,
    follow: bool,
    every: float,
    since: str | None,
    until: str | None,
    estimate: bool,
    yes: bool,
    output: str,
    **aws: Unpack[AccessOptions],
) -> None:
    """The event history: management and Insight events of the last 90 days (LookupEvents).

    Asked at just below two requests a second for each account and Region, all of them side by
    side, the newest day first. AWS takes one attribute; of several, the most telling one is asked
    and the others are left to you. --follow asks for everything, for the attribute, or with
    --entities for each of the case's entities.
    """
    from trailtui.collect.lookup import LookupWish
    from trailtui.collect.scope import Place, Scope

    named = (("AccessKeyId", access_key), ("Username", user), ("EventName", event_name),
             ("ResourceName", resource))  # fmt: skip
    asked = [*map(_attribute, attribute), *(_made(key, value) for key, value in named if value)]
    if follow and estimate:
        raise UsageError("following has no end, so nobody knows what it takes")
    with open_case(case) as opened:
        if entities:
            asked += _of_entities(opened)
        access = open_access(opened, "lookup", **aws)
        reached = access.places()
        for note in reached.notes:
            say(note)
        places = tuple(Place(*one) for one in reached.places)
        _say_without_global(reached, access)
        scope = Scope(places, *window_of(opened, since, until))
        if follow:
            _follow(opened, access, reached, scope, asked, every, output)
            return
        wishes = (
            [LookupWish((one,), insights=False) for one in asked]
            if entities
            else [LookupWish(tuple(asked), insights=not no_insights)]
        )
        _collect(
            opened, access, reached, scope, wishes, again=again, only_estimate=estimate, yes=yes,
            output=output,
        )  # fmt: skip


def _collect(
    case: "Case",
    access: "Access",
    reached: "Reached",
    scope: "Scope",
    wishes: Sequence["LookupWish"],
    *,
    again: bool,
    only_estimate: bool,
    yes: bool,
    output: str,
) -> None:
    from trailtui.collect.lookups import (
        estimate_lookups,
        may_take_long,
        plan_lookups,
        run_lookups,
    )

    if only_estimate or (not yes and may_take_long(case, scope, wishes, again=again)):
        told = estimate_lookups(case, scope, wishes, access.session, again=again)
        if not go_ahead(told, output, only_estimate=only_estimate, yes=yes):
            return
    lookups = plan_lookups(case, scope, wishes, unreachable=reached.unreachable, again=again)
    with interruptible() as stopping:
        reporter = Reporter(stopping, line_of)
        result = run_lookups(case, lookups, access.session, progress=reporter)
        reporter.finish()
    _say_what_was_left_out(case, wishes)
    if not result.units and result.whole:
        say("All of it is in the case already; --again asks anew.")
    else:
        tell(result, case.name)


def _say_what_was_left_out(case: "Case", wishes: Sequence["LookupWish"]) -> None:
    from trailtui.collect.lookups import condition_of

    for wish in wishes:
        if not wish.left_out:
            continue
        left = ", ".join(map(str, wish.left_out))
        line = f"AWS was asked for {wish.asked}; it takes no second attribute, so not for {left}."
        if condition := condition_of(wish.attributes):
            line += f' `trailtui timeline {case.name} --where "{condition}"` shows both.'
        say(line)


def _say_without_global(reached: "Reached", access: "Access") -> None:
    from trailtui.collect.scope import GLOBAL_REGIONS

    wanted = GLOBAL_REGIONS.get(access.identity.partition)
    tried = {region for _, region in reached.places}
    tried |= {one.region for one in reached.unreachable}
    if wanted and wanted not in tried:
        say(
            f"Note: {wanted} is not asked. The events of IAM, Organizations, CloudFront and other "
            "global services are only recorded there."
        )


def _follow(
    case: "Case",
    access: "Access",
    reached: "Reached",
    scope: "Scope",
    asked: Sequence["Attribute"],
    every: float,
    output: str,
) -> None:
    from trailtui.collect.following import Following
    from trailtui.collect.lookup import LookupEvents

    _say_unreachable(reached)
    keys = access.own_key_ids()
    look = LookupEvents(access.session, present_ms=access.base.now_ms)
    following = Following(case, look, scope.places, asked, keys)
    following.begin(access.base.now_ms())
    what = ", ".join(map(str, asked)) or "everything (--entities: only what the case is about)"
    places = numbered(len(scope.places), "place")
    say(f"Following {what} in {places}, every {every:.0f} s. Ctrl-C ends it.")
    try:
        with interruptible("Ending after this round") as stopping:
            _rounds(following, stopping, every, output)
    finally:
        following.end()


def _rounds(following: "Following", stopping: list[bool], every: float, output: str) -> None:
    """Ask and announce until somebody wants an end."""
    never = threading.Event()
    told: frozenset[str] = frozenset()
    while not stopping:
        found = following.round(lambda _: not stopping)
        told = _announce(found, output, told)
        waited = 0.0
        while waited < every and not stopping:
            never.wait(0.2)
            waited += 0.2


def _say_unreachable(reached: "Reached") -> None:
    """Raises AwsError where no place at all can be followed."""
    for one in reached.unreachable:
        say(f"{one.account} {one.region}: {one.state}. {one.reason}")
    if not reached.places:
        raise AwsError("there is no place that can be followed", cure="See the lines above.")


def _announce(found: "Round", output: str, told: frozenset[str]) -> frozenset[str]:
    """Print what is new, and refusals that the last round did not have; gives those of this one.

    Raises what ended it all, and AwsError where every place denies: asking again would not help.
    """
    rows = [
        (
            None if row.time_ms is None else format_utc(row.time_ms), row.name, row.principal,
            row.credential, row.ip, row.region, row.error, row.event_id,
        )
        for row in found.events
    ]  # fmt: skip
    if rows:
        print_rows(_COLUMNS, rows, output)
        sys.stdout.flush()
    result = found.result
    refused = frozenset(
        f"{unit.account} {unit.region}: {state}. {detail}"
        for unit, state, detail in result.refusals
    )
    for line in sorted(refused - told)[:_MOST_REFUSALS]:
        say(line)
    if result.stopped_by is not None:
        raise result.stopped_by
    if result.units and result.states["denied"] == result.units:
        raise AwsError("every place denies it, so nothing can be followed", cure="See above.")
    if told and not refused and not result.cancelled:
        say("All places answer again.")
    return told if result.cancelled else refused


_MOST_REFUSALS = 5


def _attribute(text: str) -> "Attribute":
    key, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"{text!r} is no attribute", cure="Write KEY=VALUE.")
    return _made(key, value)


def _made(key: str, value: str) -> "Attribute":
    from trailtui.collect.lookup import Attribute

    return Attribute(key, value)


def _of_entities(case: "Case") -> list["Attribute"]:
    """The case's given entities as attributes; says which can't be asked for."""
    from trailtui.case.marks import judged_entities
    from trailtui.collect.following import attributes_of

    asked, left = attributes_of(
        [one.entity for one in judged_entities(case) if one.verdict != "cleared"]
    )
    for entity in left:
        say(f"LookupEvents can't be asked for {entity}: ask for everything to have its events.")
    if not asked:
        raise InputError(
            "the case has no entity that LookupEvents can be asked for",
            cure="Leave --entities out to ask for everything.",
        )
    return asked
