"""A case on one page: who, what, when, where, what failed, what is risky, what nobody saw.

Only values are gathered here; trailtui.report.summary_lines lays them out, for the command line and
for the console.
"""

from dataclasses import dataclass

from trailtui.case.coverage import CoverageSummary, summarize_coverage
from trailtui.case.coverage_words import refusals, spots_in_short, summary_sentences
from trailtui.case.covered import read_coverage
from trailtui.case.detections import Detection, list_detections
from trailtui.case.entities import EntitySummary, summarize_entities
from trailtui.case.entity_counts import Pairs
from trailtui.case.file import Case, reported
from trailtui.case.findings import StoredFinding, list_findings
from trailtui.case.marks import JudgedEntity, judged_entities
from trailtui.case.window import chosen_window
from trailtui.detect.enrich.meanings import meaning
from trailtui.detect.riskiness import is_risky
from trailtui.model.times import TimeWindow
from trailtui.report.containment import action_lines
from trailtui.report.view import ActionLine

BUCKETS = 50
"""Into how many parts the time of the events is cut."""
MOST_ENTITIES = 100_000
"""More entities of a kind than this are not counted one by one."""


@dataclass(frozen=True, slots=True)
class NameCount:
    """How often a name (of a call, an error, a Region, an account) occurs."""

    name: str
    events: int
    failed: int


@dataclass(frozen=True, slots=True)
class RiskyCall:
    """A call that attackers make, as often as it occurs in the case."""

    source: str
    name: str
    succeeded: int
    failed: int
    changes: int
    """How many of them change something."""
    principals: int
    first_ms: int | None
    last_ms: int | None
    first_row: int
    last_row: int
    """The first and the last event, by their rows in the case; those without a time count last."""
    says: str
    attack: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventTimes:
    """How many events there are in each part of the time they take."""

    since_ms: int
    part_ms: int
    counts: tuple[int, ...]

    @property
    def busiest_ms(self) -> int:
        """When the part with the most events begins."""
        return self.since_ms + self.counts.index(max(self.counts)) * self.part_ms


@dataclass(frozen=True, slots=True)
class BlindSpots:
    """What nobody saw: sentences, the worst first."""

    in_short: str
    """All stretches put together; empty where there are none."""
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """All that the page shows. Lists are whole; whoever shows them cuts them and says so."""

    name: str
    window: TimeWindow
    read: CoverageSummary
    times: EventTimes | None
    principals: tuple[EntitySummary, ...]
    credentials: int
    addresses: tuple[EntitySummary, ...]
    regions: tuple[NameCount, ...]
    accounts: tuple[NameCount, ...]
    calls: tuple[NameCount, ...]
    errors: tuple[NameCount, ...]
    risky: tuple[RiskyCall, ...]
    """Those that change something first, then those of the fewest principals, the rarest first:
    what everybody does all day is seldom the attack."""
    detections: tuple[Detection, ...]
    rules_ran: bool
    """Whether rules were ever run over the case."""
    alerts: tuple[StoredFinding, ...]
    judged: tuple[JudgedEntity, ...]
    actions: tuple[ActionLine, ...]
    pins: int
    notes: int
    blind: BlindSpots


def summarize_case(case: Case) -> CaseSummary:
    """Gather the page. Reads every event's row once or twice; a second or two at a million."""

    def entities(kind: str) -> tuple[EntitySummary, ...]:
        return tuple(summarize_entities(case, kind, limit=MOST_ENTITIES, risky=is_risky))

    def number(sql: str) -> int:
        return int(case.connection.execute(sql).fetchone()[0])

    with reported(case.path):
        return CaseSummary(
            name=case.name,
            window=chosen_window(case),
            read=summarize_coverage(case),
            times=_event_times(case),
            principals=entities("principal"),
            credentials=number(
                "SELECT count(DISTINCT credential) FROM actors WHERE id IN "
                "(SELECT DISTINCT actor FROM event_rows)"
            ),
            addresses=entities("ip"),
            regions=_names(case, "region"),
            accounts=_names(case, "account"),
            calls=_names(case, "name"),
            errors=_names(case, "error"),
            risky=_risky_calls(case),
            detections=tuple(list_detections(case)),
            rules_ran=number("SELECT EXISTS (SELECT 1 FROM action_log WHERE kind = 'detect')") > 0,
            alerts=tuple(list_findings(case)),
            judged=tuple(judged_entities(case)),
            actions=action_lines(case),
            pins=number("SELECT count(*) FROM pins"),
            notes=number("SELECT count(*) FROM notes"),
            blind=_blind_spots(case),
        )


def _event_times(case: Case) -> EventTimes | None:
    first, last = case.connection.execute(
        "SELECT min(id) >> 31, max(id) >> 31 FROM event_rows WHERE id > ?", [1 << 31]
    ).fetchone()
    if first is None:
        return None
    part_s = max(1, -(-(last - first + 1) // BUCKETS))
    counts = [0] * (-(-(last - first + 1) // part_s))
    rows = case.connection.execute(
        "SELECT ((id >> 31) - ?) / ?, count(*) FROM event_rows WHERE id > ? GROUP BY 1",
        [first, part_s, 1 << 31],
    )
    for part, events in rows:
        counts[part] = events
    return EventTimes(first * 1000, part_s * 1000, tuple(counts))


def _names(case: Case, column: str) -> tuple[NameCount, ...]:
    """The texts of a column, the most frequent first; failures by the index over errors."""
    failed = dict(
        case.connection.execute(
            f"SELECT +{column}, count(*) FROM event_rows WHERE error IS NOT NULL GROUP BY 1"  # noqa: S608
        ).fetchall()
    )
    rows = case.connection.execute(
        f"SELECT c.value, s.text, c.events FROM (SELECT {column} AS value, count(*) AS events "  # noqa: S608
        f"FROM event_rows WHERE {column} IS NOT NULL GROUP BY {column}) c "
        "JOIN strings s ON s.id = c.value ORDER BY c.events DESC, s.text"
    )
    return tuple(NameCount(text, events, failed.get(value, 0)) for value, text, events in rows)


def _risky_calls(case: Case) -> tuple[RiskyCall, ...]:
    pairs = Pairs(case, is_risky)
    rows = case.connection.execute(
        "SELECT source, name, count(*), count(error), sum(flags & 3 = 1), "  # noqa: S608 - numbers
        "count(DISTINCT principal), min(nullif(id >> 31, 0)), max(nullif(id >> 31, 0)), "
        "coalesce(min(CASE WHEN id >> 31 THEN id END), min(id)), max(id) "
        f"FROM event_rows WHERE name IN ({', '.join(map(str, pairs.names))}) GROUP BY source, name"
    )
    found: list[RiskyCall] = []
    for source, name, events, failed, changes, principals, first, last, *ends in rows:
        if not pairs.risky(source, name):
            continue
        known = meaning(pairs.text(source), pairs.text(name))
        found.append(
            RiskyCall(
                source=pairs.text(source),
                name=pairs.text(name),
                succeeded=events - failed,
                failed=failed,
                changes=changes,
                principals=principals,
                first_ms=None if first is None else first * 1000,
                last_ms=None if last is None else last * 1000,
                first_row=ends[0],
                last_row=ends[1],
                says=known.says if known else "",
                attack=tuple(known.attack) if known else (),
            )
        )
    found.sort(
        key=lambda one: (
            not one.changes,
            one.principals,
            one.succeeded + one.failed,
            one.name,
            one.source,
        )
    )
    return tuple(found)


def _blind_spots(case: Case) -> BlindSpots:
    coverage = read_coverage(case)
    if coverage is None:
        return BlindSpots("", ("Nothing was looked at yet.",))
    sentences = [*refusals(coverage)]
    sentences += [
        sentence for sentence in summary_sentences(coverage) if sentence.startswith("Never asked")
    ]
    whole = sum(1 for span in coverage.not_logged if span.whole)
    if whole:
        sentences.insert(0, f"{whole} stretches of time in which a trail logged nothing.")
    if not any(place.asked for place in coverage.places):
        sentences.append("Only log files were read: what they lack is not known.")
    return BlindSpots(spots_in_short(coverage.blind_spots), tuple(sentences))
