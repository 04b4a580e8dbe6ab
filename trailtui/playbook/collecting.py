"""`collect` in a playbook: log files and the event history; the other sources as a command."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

from trailtui.case.fetches import Unit, all_fetches
from trailtui.case.file import Case
from trailtui.case.window import chosen_window
from trailtui.collect.files import FilesResult
from trailtui.collect.lookup import SOURCE, Attribute, LookupWish, units_of
from trailtui.collect.running import CollectResult
from trailtui.model.errors import InputError
from trailtui.model.times import HOUR_MS, format_utc, now_ms, parse_moment
from trailtui.playbook.result import Part
from trailtui.playbook.template import Scalar

if TYPE_CHECKING:
    from trailtui.aws.reach import Reach
    from trailtui.aws.session import AwsSession
    from trailtui.collect.scope import Scope

LOOKUP_ATTRIBUTES: Mapping[str, str] = {
    "access_key": "AccessKeyId",
    "user": "Username",
    "event_name": "EventName",
    "resource": "ResourceName",
    "event_id": "EventId",
    "event_source": "EventSource",
    "resource_type": "ResourceType",
    "read_only": "ReadOnly",
}
"""The keys of `with`, and what LookupEvents calls them."""
_OPTIONS = ("access_key", "user", "event_name", "resource")
"""Those that are options of the command; the others are `--attribute`."""
KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "files": (("path",), ("path",)),
    "lookup": ((*LOOKUP_ATTRIBUTES, "since", "until", "accounts", "role", "regions"), ()),
}
"""By source what may stand in `with`, and what must. Of the other sources: what their command
takes."""
COLUMNS = (
    "account", "region", "state", "from", "to", "parts", "records", "requests", "detail",
)  # fmt: skip
_HOURS_BEFORE = 24

Going: TypeAlias = Callable[[CollectResult | FilesResult], bool]
"""Hears how far a collect is; returns False to stop it."""


def attributes_in(parameters: Mapping[str, Scalar]) -> list[Attribute]:
    """What LookupEvents is to look for. Raises InputError for an empty value."""
    return [
        Attribute(name, _word(parameters[key]))
        for key, name in LOOKUP_ATTRIBUTES.items()
        if parameters.get(key) is not None
    ]


def window_in(case: Case, parameters: Mapping[str, Scalar]) -> tuple[int, int]:
    """From when to when (exclusive) to look, in ms: as given, else as the case was opened.

    An end that only a finding named is no end: whoever it saw may be at it still.
    """
    chosen = chosen_window(case)
    setting = cast("Mapping[str, object]", case.setting("window") or {})
    guessed = cast("Sequence[str]", setting.get("from_findings") or ())
    given = parameters.get("until")
    if given is not None:
        until = parse_moment(str(given))
    elif chosen.until_ms is not None and "until_ms" not in guessed:
        until = min(chosen.until_ms, now_ms())
    else:
        until = now_ms()
    if (given := parameters.get("since")) is not None:
        return parse_moment(str(given)), until
    since = chosen.since_ms
    return (until - _HOURS_BEFORE * HOUR_MS if since is None else since), until


def look_up(
    case: Case,
    parameters: Mapping[str, Scalar],
    each: str | None,
    open_aws: "Callable[[], AwsSession] | None",
    going: Going,
) -> Part:
    """Collect from the event history; gives a row for each account, Region and state.

    Raises a CallError where nothing can be asked (what came is kept), InputError for a wrong value
    or without a session.
    """
    from trailtui.aws.access import Access
    from trailtui.collect.lookups import plan_lookups, run_lookups
    from trailtui.collect.scope import Place, Scope
    from trailtui.respond.arming import name_identity

    if open_aws is None:
        raise InputError(
            "this step asks AWS and there is no AWS session",
            cure="Give one (--profile, --region), or skip the step with the reason.",
        )
    attributes = attributes_in(parameters)
    since, until = window_in(case, parameters)
    access = Access(open_aws().collecting(SOURCE), _reach(case, parameters))
    name_identity(case, access.identity)
    reached = access.places()
    scope = Scope(tuple(Place(*one) for one in reached.places), since, until)
    wish = LookupWish(tuple(attributes))
    lookups = plan_lookups(case, scope, [wish], unreachable=reached.unreachable)
    result = run_lookups(case, lookups, access.session, progress=going)
    if result.stopped_by is not None:
        raise result.stopped_by
    units = units_of(scope, wish, now_ms())
    units += [Unit(SOURCE, one.account, one.region, since, until) for one in reached.unreachable]
    return Part(
        "collect", SOURCE, dict(parameters), each,
        columns=COLUMNS,
        rows=_states(case, units),
        truncated=not result.whole,
        looked_at=_looked_at(result, wish, scope),
    )  # fmt: skip


def _reach(case: Case, parameters: Mapping[str, Scalar]) -> "Reach":
    from trailtui.aws.reach import Reach

    accounts = _listed(parameters.get("accounts"))
    return Reach(
        accounts=() if accounts == ("organization",) else accounts,
        organization=accounts == ("organization",),
        regions=_listed(parameters.get("regions")),
        role=None if parameters.get("role") is None else str(parameters["role"]),
        session_name=f"trailtui-{case.name}",
    )


def _states(case: Case, units: Sequence[Unit]) -> tuple[tuple[Scalar, ...], ...]:
    """How the places stand, a row for each state: what was asked before is counted too."""
    wanted: dict[tuple[str, str, str], list[Unit]] = {}
    for unit in units:
        wanted.setdefault((unit.account, unit.region, unit.question_text), []).append(unit)
    found: dict[tuple[str, str, str, str], list[int]] = {}
    for fetch in all_fetches(case, sources=(SOURCE,)):
        unit = fetch.unit
        asked = wanted.get((unit.account, unit.region, unit.question_text), [])
        if not any(unit.since_ms < one.until_ms and unit.until_ms > one.since_ms for one in asked):
            continue
        key = (unit.account, unit.region, str(fetch.state), fetch.detail)
        sums = found.setdefault(key, [unit.since_ms, unit.until_ms, 0, 0, 0])
        sums[0], sums[1] = min(sums[0], unit.since_ms), max(sums[1], unit.until_ms)
        for at, more in enumerate((1, fetch.records, fetch.requests), 2):
            sums[at] += more
    return tuple(
        (account, region, state, format_utc(since), format_utc(until), parts, records, requests,
         detail or None)
        for (account, region, state, detail), (since, until, parts, records, requests)
        in sorted(found.items())
    )  # fmt: skip


def _looked_at(result: CollectResult, wish: LookupWish, scope: "Scope") -> str:
    asked = str(wish.asked or "everything")
    left = ", ".join(str(one) for one in wish.left_out)
    words = [
        f"LookupEvents, {asked}, {format_utc(scope.since_ms)} to {format_utc(scope.until_ms)}: "
        f"{result.done:,} of {result.units:,} parts asked now, {result.requests:,} requests, "
        f"{result.events:,} new events, {result.sightings:,} seen again."
    ]
    if left:
        words.append(f"AWS takes one attribute: it was not asked for {left}.")
    if result.cancelled:
        words.append("It was stopped: run it again, and it goes on.")
    elif result.refusals:
        words.append(f"{len(result.refusals):,} parts did not come whole: see the rows.")
    return " ".join(words)


def command_of(case: str, source: str, parameters: Mapping[str, Scalar]) -> str:
    """The command that collects what a playbook names, to be typed as it stands.

    Where the playbook leaves open what a source needs, it ends with `...`.
    """
    words = ["trailtui", "collect", case, source]
    left = {key: value for key, value in parameters.items() if value is not None}
    positional = {"files": "path", "s3": "uri"}.get(source, "")
    if positional in left:
        words.append(_word(left.pop(positional)))
    for key, value in left.items():
        if key in LOOKUP_ATTRIBUTES and key not in _OPTIONS and source == SOURCE:
            words += ["--attribute", f"{LOOKUP_ATTRIBUTES[key]}={_word(value)}"]
        elif key == "accounts" and value == "organization":
            words.append("--organization")
        else:
            words += [_option(key), _word(value)]
    open_end = " ..." if positional and positional not in parameters else ""
    return f"{shlex.join(words)}{open_end}"


def _option(key: str) -> str:
    names = {"since": "from", "until": "to", "accounts": "account", "regions": "region"}
    return f"--{names.get(key, key).replace('_', '-')}"


def _word(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listed(value: Scalar) -> tuple[str, ...]:
    words = (word.strip() for word in str(value or "").split(","))
    return tuple(dict.fromkeys(word for word in words if word))
