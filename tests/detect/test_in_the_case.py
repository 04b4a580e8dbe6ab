"""Findings in a case: versions, entities, the window, and cases from before there were any."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from tests.detect import samples
from trailtui.case import journal
from trailtui.case.evidence import all_evidence, evidence_of, original_bytes
from trailtui.case.file import Case
from trailtui.case.findings import list_findings, take_findings
from trailtui.case.marks import judge_entity, judged_entities
from trailtui.case.opening import Opening, open_new_case
from trailtui.case.schema import APPLICATION_ID, FIRST_VERSION, SCHEMA_VERSION, split_statements
from trailtui.detect.intake import read_alert
from trailtui.detect.joining import join_alert
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError
from trailtui.model.finding import Finding
from trailtui.model.times import HOUR_MS


def finding(**changes: object) -> Finding:
    (found,) = read_alert(samples.document(samples.guardduty(**changes))).findings
    return found


def test_the_alert_s_bytes_are_kept_as_they_came(case: Case) -> None:
    data = samples.document(samples.notification(samples.event(samples.guardduty()))) + b"\n\n"
    joined = join_alert(case, "here", data)
    evidence = evidence_of(case, joined.taken.evidence)
    assert evidence.kind == "findings"
    assert b"".join(original_bytes(case, evidence.id)) == data
    (stored,) = list_findings(case)
    assert stored.evidence == evidence.id
    assert stored.finding == joined.intake.findings[0]


def test_the_same_bytes_again_are_known_and_logged(case: Case) -> None:
    data = samples.document(samples.guardduty())
    join_alert(case, "here", data)
    again = join_alert(case, "there", data).taken
    assert again.known_document
    assert again.count("known") == 1
    assert len(list(all_evidence(case))) == 1
    last = journal.entries(case, kinds=["findings"])[-1].what
    assert last["findings"][0]["state"] == "known"  # type: ignore[index]


def test_other_content_under_the_same_update_is_kept_as_a_version(case: Case) -> None:
    one, other = finding(), replace(finding(), severity=9.0)
    take_findings(case, "a", b"a", [one])
    taken = take_findings(case, "b", b"b", [other])
    assert taken.count("update") == 1
    assert [found.version for found in list_findings(case, all_versions=True)] == [1, 2]


def test_a_judgement_outlives_a_finding_and_a_cleared_entity_is_told(case: Case) -> None:
    key, ip = Entity("credential", samples.KEY), Entity("ip", samples.ATTACKER)
    judge_entity(case, key, "indicator", "seen at work")
    judge_entity(case, ip, "cleared", "our own scanner")
    taken = take_findings(case, "a", b"a", [finding()])
    verdicts = {one.entity: one.verdict for one in judged_entities(case)}
    assert verdicts[key] == "indicator"
    assert verdicts[ip] == "cleared"
    assert key not in taken.entities
    assert taken.remarks == [f"ip {samples.ATTACKER} was cleared, and {finding().type} names it"]


def test_the_window_grows_and_never_shrinks(tmp_path: Path) -> None:
    first = finding()
    with open_new_case(tmp_path / "w.case", Opening(alert=("a", b"{}"), findings=(first,))) as case:
        narrow = finding(id="2")
        assert take_findings(case, "b", b"b", [narrow]).window is None
        made = samples.guardduty(id="3")
        made["service"] |= {"eventFirstSeen": "2026-02-01T00:00:00Z"}
        (wide,) = read_alert(samples.document(made)).findings
        taken = take_findings(case, "c", b"c", [wide])
        assert taken.window is not None
        window = case.setting("window")
        assert window == {
            "since_ms": wide.window.since_ms, "until_ms": first.window.until_ms,
            "from_findings": ["since_ms", "until_ms"],
        }  # fmt: skip
        grown = journal.entries(case, kinds=["findings"])[-1].what["window"]
        assert grown == list(taken.window)


def test_an_open_window_stays_open(case: Case) -> None:
    case.set_setting("window", {"since_ms": None, "until_ms": None})
    assert take_findings(case, "a", b"a", [finding()]).window is None
    assert case.setting("window") == {"since_ms": None, "until_ms": None}


@pytest.mark.parametrize(
    ("since_ms", "until_ms", "window"),
    [
        (None, None, ("finding", "finding")),
        (samples.FIRST_MS, None, (samples.FIRST_MS, "finding")),
        (None, samples.LAST_MS, ("finding", samples.LAST_MS)),
        (samples.LAST_MS + 5 * HOUR_MS, None, (samples.LAST_MS + 5 * HOUR_MS, None)),
        (None, samples.FIRST_MS - 30 * HOUR_MS, (None, samples.FIRST_MS - 30 * HOUR_MS)),
    ],
)
def test_a_given_end_goes_before_the_finding_s(
    tmp_path: Path, since_ms: int | None, until_ms: int | None, window: tuple[object, object]
) -> None:
    one = finding()
    opening = Opening((), since_ms, until_ms, ("a", b"{}"), (one,))
    expected = [
        getattr(one.window, end) if given == "finding" else given
        for end, given in zip(("since_ms", "until_ms"), window, strict=True)
    ]
    with open_new_case(tmp_path / "w.case", opening) as case:
        made = case.setting("window")
        assert isinstance(made, dict)
        assert [made["since_ms"], made["until_ms"]] == expected


def test_a_document_without_a_finding_changes_nothing(case: Case) -> None:
    with pytest.raises(InputError):
        join_alert(case, "here", b'{"a": 1}')
    assert journal.entries(case) == []
    assert list(all_evidence(case)) == []


def test_a_failure_halfway_leaves_no_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("trailtui.case.opening.take_findings", fail)
    with pytest.raises(RuntimeError):
        open_new_case(tmp_path / "f.case", Opening(alert=("a", b"{}"), findings=(finding(),)))
    assert list(tmp_path.glob("f.case*")) == []


def first_version(path: Path) -> None:
    """A case as the first version of this program made it, with an alert and an entity."""
    with sqlite3.connect(path) as connection:
        migrations = Migrations("trailtui")

        @migrations(name="0001_first")
        def first(db: Database) -> None:
            for statement in split_statements(FIRST_VERSION):
                db.conn.execute(statement)

        migrations.apply(Database(connection))
        connection.execute(
            "INSERT INTO entities VALUES ('credential', ?, 'given', 'named', 1)", [samples.KEY]
        )
        connection.execute(
            "INSERT INTO settings VALUES ('window', '{\"since_ms\": null, \"until_ms\": null}')"
        )
        connection.execute("PRAGMA user_version = 1")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.close()


@pytest.mark.parametrize("readonly", [True, False])
def test_a_case_from_before_there_were_findings_takes_them(tmp_path: Path, readonly: bool) -> None:
    path = tmp_path / "old.case"
    first_version(path)
    with Case.open(path, readonly=readonly) as case:
        assert list_findings(case) == []
        assert case.connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    with Case.open(path) as case:
        taken = join_alert(case, "here", samples.document(samples.guardduty())).taken
        assert taken.count("new") == 1
        assert Entity("credential", samples.KEY) not in taken.entities  # it was there before
        assert len(list_findings(case)) == 1
