"""Coverage in words: what each source was asked, how much of the window it answered, what not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trailtui.case.covered import BlindSpot, Coverage, LayerCover
from trailtui.case.covering import FILES, Known
from trailtui.model.times import HOUR_MS, format_utc
from trailtui.model.wording import numbered

SOURCES = {
    FILES: "log files from disk",
    "lookup": "event history (LookupEvents)",
    "s3": "a trail's bucket",
    "athena": "Athena",
    "insights": "CloudWatch Logs Insights",
    "lake": "CloudTrail Lake",
    "findings": "findings",
}
EVENT_SOURCES = ("lookup", "s3", "athena", "insights", "lake")
"""Sources in AWS that bring events."""

NATURES = {
    "lookup": "management and Insight events only: no data events, no network events",
    "athena": "what lies in the trail's log files: data events where the trail selects them, no "
    "Insight events, no network events",
    "insights": "what the trail sends to its log group: data events where the trail selects them",
    "lake": "what the event data store selects: Insight events have a store of their own",
}
"""What a source holds by its nature, where that is not everything (LookupEvents: CloudTrail API
Reference; Insight files lie in a folder of their own, CloudTrail User Guide, "CloudTrail log file
examples"; event data stores are of events or of Insights, "Create an event data store")."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking one source, with one filter or none."""

    source: str
    filter: str
    places: int
    """Accounts and Regions."""
    share: float
    """How much of the window it answered whole, over all these places: 0 to 1."""
    events: int
    states: tuple[tuple[Known, int, int], ...]
    """What was not answered whole: the state, in how many places, how many hours in all."""
    may_grow: bool


def asked_of(coverage: Coverage) -> list[Asked]:
    """Each source with its answers, log files from disk first."""
    grouped: dict[tuple[str, str], list[LayerCover]] = {}
    for place in coverage.places:
        for cover in place.layers:
            if cover.layer.source == FILES or cover.layer.stretches:
                grouped.setdefault((cover.layer.source, cover.layer.filter), []).append(cover)
    order = [*SOURCES]
    return [
        _asked(source, told, covers, coverage.until_ms - coverage.since_ms)
        for (source, told), covers in sorted(
            grouped.items(), key=lambda one: (order.index(one[0][0]), one[0][1])
        )
    ]


def _asked(source: str, told: str, covers: Sequence[LayerCover], length_ms: int) -> Asked:
    looked = sum(cover.looked_ms for cover in covers)
    places: dict[Known, int] = {}
    hours: dict[Known, int] = {}
    for cover in covers:
        lacking = [run for run in cover.runs if not run.state.looked]
        for state in {run.state for run in lacking}:
            places[state] = places.get(state, 0) + 1
        for run in lacking:
            hours[run.state] = hours.get(run.state, 0) + run.hours
    return Asked(
        source,
        told,
        len(covers),
        looked / (length_ms * len(covers)),
        sum(cover.events for cover in covers),
        tuple((state, places[state], hours[state]) for state in Known if state in places),
        any(run.may_grow for cover in covers for run in cover.runs),
    )


def source_sentence(asked: Asked) -> str:
    """`lookup: 3 places, 92 % of the window; denied in 1 place (24 h)`, in full."""
    only = f", only {asked.filter}" if asked.filter else ""
    head = f"{SOURCES[asked.source]}{only}: {numbered(asked.events, 'event')}"
    if asked.source == FILES:
        unknown = sum(hours for state, _, hours in asked.states if state is Known.UNKNOWN)
        says = f"{head} of {numbered(asked.places, 'account-Region pair')}"
        return f"{says}; {numbered(unknown, 'hour')} without events, unknown" if unknown else says
    if asked.source not in EVENT_SOURCES:
        return f"{head.partition(':')[0]}: asked in {numbered(asked.places, 'account-Region pair')}"
    says = (
        f"{head}; asked in {numbered(asked.places, 'account-Region pair')}, "
        f"{percent(asked.share)} of the window whole"
    )
    lacking = [
        f"{'not asked' if state is Known.UNKNOWN else state} in {numbered(places, 'pair')} "
        f"({numbered(hours, 'hour')})"
        for state, places, hours in asked.states
    ]
    if asked.may_grow:
        lacking.append("the newest part may still grow")
    return "; ".join([says, *lacking])


def natures(asked: Iterable[Asked]) -> list[str]:
    """What those of the sources that were asked can't hold, a sentence each."""
    sources = dict.fromkeys(one.source for one in asked)
    return [f"{SOURCES[name]} holds {NATURES[name]}." for name in sources if name in NATURES]


def percent(share: float) -> str:
    """A share in percent that says 100 only of all, and 0 only of nothing."""
    rounded = round(share * 100)
    rounded = 99 if rounded == 100 and share < 1 else 1 if rounded == 0 and share > 0 else rounded
    return f"{rounded} %"


def summary_sentences(coverage: Coverage) -> list[str]:
    """What a responder needs to know first, a sentence each."""
    asked = asked_of(coverage)
    never = [name for name in EVENT_SOURCES if name not in {one.source for one in asked}]
    said = [
        f"Window: {format_utc(coverage.since_ms)} to {format_utc(coverage.until_ms)} (UTC), "
        f"{numbered(-(-(coverage.until_ms - coverage.since_ms) // HOUR_MS), 'hour')}."
    ]
    if coverage.events_outside:
        said.append(
            f"{numbered(coverage.events_outside, 'event')} of the case are outside of this window."
        )
    said += [f"{source_sentence(one)}." for one in asked]
    said += natures(asked)
    said += refusals(coverage)
    if never:
        said.append(f"Never asked: {', '.join(SOURCES[name] for name in never)}.")
    spots = coverage.blind_spots
    if spots:
        said.append(f"Nobody saw whole: {spots_in_short(spots)}.")
    whole = [span for span in coverage.not_logged if span.whole]
    if whole:
        said.append(f"{numbered(len(whole), 'stretch', 'es')} in which a trail logged nothing.")
    return said


def refusals(coverage: Coverage) -> list[str]:
    """Why sources did not answer whole, with the cure, a sentence each; the longest ones first."""
    hours: dict[tuple[str, Known, str], int] = {}
    regions: dict[tuple[str, Known, str], list[str]] = {}
    for place in coverage.places:
        for cover in place.layers:
            for run in cover.runs:
                if run.state not in _REFUSED or not run.detail:
                    continue
                key = cover.layer.source, run.state, run.detail
                hours[key] = hours.get(key, 0) + run.hours
                named = regions.setdefault(key, [])
                if (name := f"{place.account} {place.region}") not in named:
                    named.append(name)
    longest = sorted(hours, key=lambda key: -hours[key])
    said = [
        f"{source} {state} in {_first(regions[(source, state, detail)])}: {detail}"
        for source, state, detail in longest[:_MOST_REASONS]
    ]
    more = len(longest) - _MOST_REASONS
    return [*said, f"... and {more} other reasons: --show gaps has them."] if more > 0 else said


_REFUSED = (Known.DENIED, Known.THROTTLED, Known.FAILED, Known.PARTIAL)
_MOST_REASONS = 5


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more


def spots_in_short(spots: Iterable[BlindSpot]) -> str:
    """Blind spots by their state: how many account-Region pairs, how many hours."""
    places: dict[Known, set[tuple[str, str]]] = {}
    hours: dict[Known, int] = {}
    for spot in spots:
        places.setdefault(spot.state, set()).add((spot.account, spot.region))
        length = spot.until_ms - spot.since_ms
        hours[spot.state] = hours.get(spot.state, 0) + length // HOUR_MS
    return ", ".join(
        f"{numbered(hours[state], 'hour')} of {numbered(len(places[state]), 'pair')} "
        f"{'not asked' if state is Known.UNKNOWN else state}"
        for state in Known
        if state in places
    )
