"""The findings of a case: alerts from outside, their versions, and what they brought with them.

A finding is known by its kind and id. The same update seen again adds nothing; a newer or another
one becomes a further version. The entities it names are given ones, the case's time window grows
to hold its window; both are in the action log.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from trailtui.case.acquired import Acquired
from trailtui.case.coding import Coded
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.case.loading import Loader
from trailtui.case.marks import judge_entity
from trailtui.case.packing import GZIP_MAGIC, pack, unpack
from trailtui.model.entity import Entity
from trailtui.model.finding import Finding
from trailtui.model.times import format_utc, now_ms

NEW, UPDATE, KNOWN = "new", "update", "known"
_MOST_LOGGED = 200

Refusal = tuple[str, str]
"""Where something stood that is no finding, and why."""


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A finding as the case has it."""

    number: int
    version: int
    versions: int
    """How many there are of it; this one is the newest unless all were asked for."""
    evidence: int
    added_ms: int
    finding: Finding


@dataclass(slots=True)
class Taken:
    """What became of a document of findings."""

    evidence: int = 0
    known_document: bool = False
    """These very bytes were in the case already."""
    states: list[tuple[Finding, str]] = field(default_factory=list[tuple[Finding, str]])
    """Each finding, and whether it is new, an update, or known."""
    entities: list[Entity] = field(default_factory=list[Entity])
    """What was not known to the case before."""
    window: tuple[str, str] | None = None
    """The time window before and after, where it grew."""
    remarks: list[str] = field(default_factory=list[str])

    def count(self, state: str) -> int:
        """How many findings are new, updates, or known."""
        return sum(1 for _, one in self.states if one == state)


def take_findings(
    case: Case,
    origin: str,
    data: bytes,
    findings: Sequence[Finding],
    refused: Iterable[Refusal] = (),
    *,
    kind: str = "findings",
    chosen: bool = True,
    widen: bool = True,
) -> Taken:
    """Keep a document as evidence and its findings in the case, all or nothing.

    `kind` is the evidence's: `alert` for what a case began with. `chosen` says that a person gave
    them: they all name entities and widen the window. Of what was fetched unseen, only those do
    that say who acted; the rest is listed. Without `widen` the window stays as it is.
    """
    taken = Taken()
    refusals = list(refused)
    with case.writing():
        taken.evidence, taken.known_document = _keep(case, origin, data, refusals, kind)
        for finding in findings:
            taken.states.append((finding, _add(case, finding, taken.evidence)))
        # a known one too: somebody may have made the case by hand, without its entities
        joining = [one for one, _ in taken.states if chosen or one.names_somebody]
        for finding in joining:
            _name_entities(case, finding, taken)
        if widen:
            _widen(case, joining, taken)
        append(case, kind, _logged(origin, data, taken, refusals))
    return taken


def list_findings(case: Case, *, all_versions: bool = False, after: int = 0) -> list[StoredFinding]:
    """The findings by when they came, each in its newest version, or in all of them."""
    newest = "" if all_versions else "AND f.version = n.versions "
    rows = case.connection.execute(
        "SELECT f.id, f.version, n.versions, f.evidence, f.added_ms, f.content "  # noqa: S608
        "FROM findings f JOIN (SELECT kind, finding_id, max(version) AS versions FROM findings "
        "GROUP BY kind, finding_id) n ON n.kind = f.kind AND n.finding_id = f.finding_id "
        f"WHERE f.id > ? {newest}ORDER BY f.id",
        [after],
    )
    return [
        StoredFinding(row[0], row[1], row[2], row[3], row[4], Finding.from_json(json.loads(row[5])))
        for row in rows
    ]


def _keep(
    case: Case, origin: str, data: bytes, refused: Sequence[Refusal], kind: str
) -> tuple[int, bool]:
    """The number of the evidence, and whether the case had it before."""
    digest = hashlib.sha256(data).hexdigest()
    problems = [(None, None, f"{where}: {why}" if where else why) for where, why in refused]
    acquired = Acquired(
        origin=origin,
        sha256=digest,
        kind=kind,
        packing="gzip" if data.startswith(GZIP_MAGIC) else unpack(data).packing,
        size=len(data),
        content_size=len(unpack(data).content),
        chunks=list(pack(data)),
        coded=Coded(),
        problems=cast("Any", problems),
    )
    loader = Loader(case)
    loader.begin()
    known = loader.load(acquired).known
    row = case.connection.execute("SELECT id FROM evidence WHERE sha256 = ?", [digest]).fetchone()
    return int(row[0]), known


def _add(case: Case, finding: Finding, evidence: int) -> str:
    """Store one finding, unless the case has this very version."""
    rows = case.connection.execute(
        "SELECT version, updated_ms, content FROM findings WHERE kind = ? AND finding_id = ? "
        "ORDER BY version",
        [finding.kind, finding.id],
    ).fetchall()
    for _, updated_ms, content in rows:
        if updated_ms == finding.updated_ms and _core(Finding.from_json(json.loads(content))) == (
            _core(finding)
        ):
            return KNOWN
    version = rows[-1][0] + 1 if rows else 1
    case.connection.execute(
        "INSERT INTO findings (kind, finding_id, version, updated_ms, type, title, severity, "
        "account, region, first_ms, last_ms, content, evidence, added_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [finding.kind, finding.id, version, finding.updated_ms, finding.type, finding.title,
         finding.severity_word, finding.account, finding.region, finding.first_ms, finding.last_ms,
         json.dumps(finding.as_json()), evidence, now_ms()],
    )  # fmt: skip
    return UPDATE if rows else NEW


def _core(finding: Finding) -> tuple[object, ...]:
    """What is the same in every shape that one update of a finding may come in."""
    return (finding.type, finding.severity, finding.first_ms, finding.last_ms, finding.count)


def _name_entities(case: Case, finding: Finding, taken: Taken) -> None:
    """Give the case what the finding names. A judgement that was made since stays as it is."""
    for entity in finding.entities:
        row = case.connection.execute(
            "SELECT verdict FROM entities WHERE kind = ? AND value = ?",
            [entity.kind, entity.value],
        ).fetchone()
        if row is None:
            judge_entity(case, entity, "given", f"named by {finding.type} ({finding.id})"[:300])
            taken.entities.append(entity)
        elif row[0] == "cleared":
            remark = f"{entity} was cleared, and {finding.type} names it"
            if remark not in taken.remarks:
                taken.remarks.append(remark)


def _widen(case: Case, findings: Sequence[Finding], taken: Taken) -> None:
    """Let the case's window hold the windows of the findings. An open end stays open."""
    window = dict(cast("dict[str, Any]", case.setting("window") or {}))
    before = dict(window)
    for end, choose in (("since_ms", min), ("until_ms", max)):
        ends = [getattr(one.window, end) for one in findings]
        known = [at_ms for at_ms in ends if at_ms is not None]
        if window.get(end) is not None and known:
            window[end] = choose(window[end], choose(known))
    if window != before:
        case.set_setting("window", window)
        taken.window = (describe_window(before), describe_window(window))


def describe_window(window: dict[str, Any]) -> str:
    """A window of the settings in words."""
    since, until = window.get("since_ms"), window.get("until_ms")
    begins = "the beginning" if since is None else format_utc(since)
    return f"{begins} to {'the end' if until is None else format_utc(until)}"


def _logged(
    origin: str, data: bytes, taken: Taken, refused: Sequence[Refusal]
) -> dict[str, object]:
    what: dict[str, object] = {
        "origin": origin,
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "evidence": taken.evidence,
        "findings": [
            {"kind": one.kind, "id": one.id, "type": one.type, "updated": one.updated_ms,
             "state": state, "missing": list(one.missing)}
            for one, state in taken.states[:_MOST_LOGGED]
        ],
        "refused": [[where, why] for where, why in list(refused)[:_MOST_LOGGED]],
    }  # fmt: skip
    for name, count in (("findings", len(taken.states)), ("refused", len(refused))):
        if count > _MOST_LOGGED:
            what[f"{name}_in_all"] = count
    if taken.window:
        what["window"] = list(taken.window)
    if taken.remarks:
        what["remarks"] = taken.remarks
    return what
