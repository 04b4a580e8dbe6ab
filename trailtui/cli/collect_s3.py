"""`trailtui collect CASE s3`: a trail's bucket, a mirror of one, or presigned URLs."""

import gc
from pathlib import Path
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
from trailtui.cli.output import format_option, say
from trailtui.model.errors import AwsError, InputError, UsageError

if TYPE_CHECKING:
    from trailtui.aws.access import Access
    from trailtui.aws.session import AwsSession
    from trailtui.case.file import Case
    from trailtui.collect.running import CollectResult
    from trailtui.collect.s3_layout import Address
    from trailtui.collect.s3_plan import S3Plan, S3Wish

_ASKED_FROM_UNITS = 9
"""Fewer days are never dear enough to ask, and are not listed beforehand."""
_SAMPLE = 32
_Manner = tuple[bool, int]
"""Whether the requester pays; days behind the end."""


@click.command()
@click.argument("where", required=False, metavar="[s3://BUCKET/PREFIX|FOLDER|URL|FILE]")
@click.option("--trail", metavar="NAME|ARN", help="Only this trail's bucket.")
@click.option("--requester-pays", is_flag=True, help="Pay for requests to another's bucket.")
@click.option("--again", is_flag=True, help="List days again that are whole and over.")
@click.option(
    "--late-days",
    type=click.IntRange(0, 30),
    default=1,
    show_default=True,
    help="Days of delivery behind --to that are taken, too: late files lie there.",
)
@window_options
@access_options
@cost_options
@format_option
@click.pass_obj
def s3(
    case: str,
    where: str | None,
    trail: str | None,
    requester_pays: bool,
    again: bool,
    late_days: int,
    since: str | None,
    until: str | None,
    estimate: bool,
    yes: bool,
    output: str,
    **aws: Unpack[AccessOptions],
) -> None:
    """A trail's bucket: the days, accounts and Regions that are asked for, whole files.

    Without a place the buckets are found from the account's trails. A place is a bucket, a folder
    of a trail's tree, or one object; a local folder that mirrors a bucket; an https:// URL, or a
    file with presigned ones, one to a line. --account and --region choose from what the bucket
    holds. Exit code 4 where AWS refused something.
    """
    if trail and where:
        raise UsageError("give a place or --trail, not both")
    gc.disable()  # no cycles are made here, and looking for them costs a twentieth of the time
    with open_case(case) as opened, interruptible("Stopping after the objects at hand") as asked:
        plan, session = _plan(
            opened, where, trail, (since, until), (requester_pays, late_days), aws
        )
        for missing in plan.lacking:
            say(f"Note: {missing}.")
        if not _goes_ahead(opened, plan, output, again=again, only_estimate=estimate, yes=yes):
            return
        from trailtui.collect.s3 import collect_s3

        if session is not None:
            _keep_public_keys(opened, plan, session, again=again)
        reporter = Reporter(asked, line_of)
        result = collect_s3(opened, plan, again=again, progress=reporter)
        reporter.finish()
        if not result.units and result.whole:
            say("All of it is in the case already; --again lists it anew.")
        else:
            _tell(result, case, where)


def _tell(result: "CollectResult", case: str, where: str | None) -> None:
    """As for every source; but what a local folder lacks, AWS did not refuse."""
    try:
        tell(result, case)
    except AwsError as error:
        if where is None or "://" in where or not Path(where).is_dir():
            raise
        raise InputError(error.what, cure=error.cure) from None


def _goes_ahead(
    case: "Case", plan: "S3Plan", output: str, *, again: bool, only_estimate: bool, yes: bool
) -> bool:
    """Whether to run: an estimate alone ends here, a dear run asks first."""
    from trailtui.collect.estimate import log_estimate
    from trailtui.collect.s3_estimate import MOST_DAYS, estimate_s3, units_to_do

    if not only_estimate and (yes or len(units_to_do(case, plan, again=again)) < _ASKED_FROM_UNITS):
        return True
    most = MOST_DAYS if only_estimate else _SAMPLE
    reckoned = estimate_s3(case, plan, again=again, most_days=most)
    log_estimate(case, reckoned, addresses=list(plan.addresses))
    return go_ahead(reckoned, output, only_estimate=only_estimate, yes=yes)


def _plan(
    case: "Case",
    where: str | None,
    trail: str | None,
    window: tuple[str | None, str | None],
    manner: _Manner,
    aws: AccessOptions,
) -> "tuple[S3Plan, AwsSession | None]":
    """What is to be fetched; and who asks AWS for it, where that is asked at all."""
    from trailtui.collect.s3_layout import parse_address

    if where is None:
        wish = _wish(case, window, None, aws, manner)
        return _plan_from_trails(case, trail, wish, aws)
    if where.startswith("s3://"):
        from trailtui.collect.s3_plan import plan_s3

        address = parse_address(where)
        wish = _wish(case, window, address, aws, manner)
        access = _access(case, aws)
        session = access.session(access.accounts()[0])
        return plan_s3(session, [address], wish), session
    if where.startswith(("https://", "http://")):
        from trailtui.collect.mirror_urls import plan_urls

        return plan_urls([where]), None
    return _plan_locally(case, where, _wish(case, window, None, aws, manner)), None


def _plan_locally(case: "Case", where: str, wish: "S3Wish") -> "S3Plan":
    """A folder is a mirror, a file a list of URLs."""
    path = Path(where)
    if path.is_dir():
        from trailtui.collect.mirror import plan_mirror

        return plan_mirror(where, wish)
    if not path.is_file():
        raise InputError(
            "there is no such folder or file", where=where, cure="A bucket is s3://NAME."
        )
    from trailtui.collect.mirror_urls import plan_urls, read_urls

    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(
            "this file holds no list of URLs",
            where=where,
            cure=f"Log files on disk: trailtui collect {case.name} files {where}",
        ) from None
    return plan_urls(read_urls(text))


def _wish(
    case: "Case",
    window: tuple[str | None, str | None],
    address: "Address | None",
    aws: AccessOptions,
    manner: _Manner,
) -> "S3Wish":
    """What is wanted. A day that the address names needs no time beside it."""
    from trailtui.collect.s3_layout import find_spot
    from trailtui.collect.s3_plan import S3Wish

    spot = find_spot(address.key) if address else None
    # a day is named, or an object: for those no time is needed
    named = spot is not None and (spot.since_ms is not None or "." in spot.rest)
    given = any(window) or bool(case.setting("window"))
    since, until = (None, None) if named and not given else window_of(case, *window)
    return S3Wish(
        since,
        until if window[1] or not named else None,
        _words(aws["account"]),
        _words(aws["region"]),
        *manner,
    )


def _words(given: tuple[str, ...]) -> tuple[str, ...]:
    """Values that were given several times, or with commas between them."""
    return tuple(dict.fromkeys(word for value in given for word in value.split(",") if word))


def _access(case: "Case", aws: AccessOptions) -> "Access":
    """Who reads the bucket; accounts and Regions are chosen in the bucket, not entered."""
    alone = aws.copy()
    alone["account"], alone["region"], alone["organization"] = (), (), False
    return open_access(case, "s3", **alone)


def _plan_from_trails(
    case: "Case", trail: str | None, wish: "S3Wish", aws: AccessOptions
) -> "tuple[S3Plan, AwsSession]":
    from trailtui.collect.s3_plan import plan_s3
    from trailtui.collect.trails import addresses_of, find_trails, keep_trails

    access = _access(case, aws)
    account = access.accounts()[0]
    session = access.session(account)
    parts = (trail or "").split(":")
    regions = (parts[3],) if len(parts) > 5 else _all_regions(access, account)
    found = find_trails(session, account, regions)
    keep_trails(case, found)
    for what, error in found.refused:
        say(f"Note: {what}: {error}")
    chosen = found.named(trail) if trail else found.trails
    for one in chosen:
        state = {True: "logging", False: "NOT LOGGING", None: "may be logging"}[one.logging]
        say(f"Trail {one.name} ({one.home_region}): {one.address}, {state}.")
    return plan_s3(session, addresses_of(chosen), wish), session


def _keep_public_keys(case: "Case", plan: "S3Plan", session: "AwsSession", *, again: bool) -> None:
    """Have the keys beside the digests; says of which Regions they could not be had, and why."""
    from trailtui.collect.public_keys import ask_for_keys, digest_times, keep_keys, missing_keys

    times = digest_times(plan)
    wanted = list(times) if again else missing_keys(case, times, session.now_ms())
    found = ask_for_keys(session, {region: times[region][0] for region in wanted}, session.now_ms())
    keep_keys(case, found)
    reasons: dict[str, list[str]] = {}
    for region, error in found.refused:
        reasons.setdefault(str(error), []).append(region)
    for reason, regions in reasons.items():
        more = f" and {len(regions) - 3} more" if len(regions) > 3 else ""
        say(
            f"Note: the digests of {', '.join(regions[:3])}{more} can't be checked without asking "
            f"AWS again, as their public keys could not be had: {reason}"
        )


def _all_regions(access: "Access", account: str) -> tuple[str, ...]:
    """The Regions in which trails are looked for; says where they could not all be found out."""
    known = access.regions(account)
    if known.note:
        say(f"Note: {known.note}")
    return known.names
