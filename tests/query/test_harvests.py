"""Records that worker processes read for a query: the answers are those of one at a time."""

import json
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.case.test_loading import load
from tests.query.engines import NOW_MS, Engines
from tests.records import record
from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.query import harvesting
from trailtui.query.alike_rows import AlikeRows, counted_alike
from trailtui.query.errors import QueryError, QueryStopped
from trailtui.query.execute import explain_sql
from trailtui.query.fragment import Sql
from trailtui.query.harvesting import HarvestFailed, harvest
from trailtui.query.harvests import ALL_IDS, Harvest, Harvests, shares_of
from trailtui.query.many_values import ManyValues, Places
from trailtui.query.messages import version_of
from trailtui.query.records import Form, Path, Records, path_text
from trailtui.query.result import Result
from trailtui.query.sql import run_sql

NEVER = 1 << 40

_PATHS: list[Path] = [
    (("field", "tlsDetails"), ("field", "tlsVersion")),
    (("field", "requestParameters"), ("key", "bucketName")),
    (("field", "requestParameters"), ("key", "Name"), ("at", 0)),
    (("field", "responseElements"),),
    (("field", "resources"), ("at", 0), ("field", "ARN")),
]
_TEXTS = st.sampled_from(
    ["a", "é", "", '","tlsDetails":{"tlsVersion":"x"}', "\\", "bucketName", "\ud800"]
)
_KEYS = st.sampled_from(
    ["bucketName", "BUCKETNAME", "Name", "tlsVersion", "TLSVersion", "tlsversion", "é", "secretKey"]
)
_INNER = st.recursive(
    st.one_of(_TEXTS, st.none(), st.booleans(), st.integers(0, 9), st.just(1.50)),
    lambda each: st.one_of(st.lists(each, max_size=2), st.dictionaries(_KEYS, each, max_size=3)),
    max_leaves=4,
)
_FIELDS = st.dictionaries(
    st.sampled_from(
        ["tlsDetails", "TLSDetails", "requestParameters", "requestparameters", "responseElements",
         "resources", "Resources"]
    ),
    _INNER,
    max_size=4,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=st.lists(_FIELDS, min_size=1, max_size=5),
    ascii_only=st.booleans(),
    spaces=st.booleans(),
    packed=st.booleans(),
    left_out=st.integers(0, 4),
    form=st.sampled_from(list(Form)),
)
def test_many_values_are_those_of_one_at_a_time(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[dict[str, object]],
    ascii_only: bool,
    spaces: bool,
    packed: bool,
    left_out: int,
    form: Form,
) -> None:
    made = [_without_fields(record(n)) | each for n, each in enumerate(changes)]
    separators = None if spaces else (",", ":")
    text = json.dumps({"Records": made}, ensure_ascii=ascii_only, separators=separators)
    data = text.encode("utf-8", "surrogatepass" if ascii_only else "replace")
    with Case.create(tmp_path_factory.mktemp("values") / "one.case") as case:
        load(case, _gzipped(data) if packed else data)
        places = case.connection.execute(
            "SELECT evidence, offset, length, flags FROM event_rows ORDER BY evidence, offset"
        ).fetchall()
        del places[left_out : left_out + 1]
        if not places:
            return
        reader = RecordReader(case)
        values = ManyValues(Records(reader), [(path, form) for path in _PATHS])
        evidence, *columns = zip(*places, strict=True)
        found = values.of(Places(evidence[0], *columns), lambda: reader.whole(evidence[0]))
        one_by_one = Records(RecordReader(case))
        for path, column in zip(_PATHS, found, strict=True):
            assert list(column) == [one_by_one.value(*place, path, form) for place in places]


def _without_fields(made: dict[str, object]) -> dict[str, object]:
    names = ("tlsdetails", "requestparameters", "responseelements", "resources")
    return {key: value for key, value in made.items() if key.lower() not in names}


def _gzipped(data: bytes) -> bytes:
    import gzip

    return gzip.compress(data, 1)


def test_plain_records_do_not_take_the_careful_way(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    made = [record(n, tlsDetails={"tlsVersion": "TLSv1.2"} if n % 2 else None) for n in range(9)]
    with Case.create(tmp_path_factory.mktemp("plain") / "one.case") as case:
        load(case, _gzipped(json.dumps({"Records": made}).encode()))
        reader = RecordReader(case)
        values = ManyValues(Records(reader), [(_PATHS[0], Form.TEXT)])
        place = case.connection.execute(
            "SELECT evidence, offset, length, flags FROM event_rows ORDER BY offset"
        ).fetchall()
        evidence, *columns = zip(*place, strict=True)
        (found,) = values.of(Places(evidence[0], *columns), lambda: reader.whole(evidence[0]))
        assert list(found) == ["TLSv1.2" if n % 2 else None for n in range(9)]
        assert values.careful == 0


ASKED = [
    "SELECT element_at(requestParameters, 'name'), eventSource, count(*), count(errorCode), "
    "count(DISTINCT principal), max_by(userAgent, eventTime), min_by(userAgent, eventTime), "
    "min(eventTime), max(eventTime) FROM events GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT tlsDetails.tlsVersion, requestID, count(*) FROM events GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT element_at(requestParameters, 'bucketName'), apiVersion, count(*), "
    "sum(try_cast(element_at(additionalEventData, 'bytesTransferredOut') AS double)) FROM events "
    "GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT element_at(requestParameters, 'key'), count(*), count_if(readOnly), "
    "count_if(eventName LIKE 'Get%') FROM events GROUP BY 1 HAVING count(*) > 3 ORDER BY 2, 1",
    "SELECT element_at(requestParameters, 'maxItems'), date_trunc('hour', eventTime), count(*) "
    "FROM events WHERE eventName <> 'ListUsers' GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT requestID, sum(try_cast(element_at(additionalEventData, 'ratio') AS double)), "
    "count(DISTINCT eventID) FROM events GROUP BY 1 ORDER BY 1",
    "SELECT eventID, errorMessage FROM events WHERE strpos(requestParameters, 'bucket-1') > 0 "
    "OR strpos(responseElements, 'AKIANEW') > 0 ORDER BY eventTime, eventID",
    "SELECT count(*), max(vpcEndpointId) FROM events WHERE vpcEndpointId = 'vpce-1'",
    "SELECT count(*), count(vpcEndpointId) FROM events WHERE eventName = '' AND apiVersion = '1'",
    "WITH a AS (SELECT eventID AS id, requestID AS r, vpcEndpointId AS v FROM events) "
    "SELECT x.id, y.v FROM a x JOIN a y ON x.id = y.id ORDER BY 1, 2",
    "SELECT DISTINCT element_at(resources, 1).arn, element_at(resources, 1).type FROM events "
    "WHERE sourceIPAddress = '198.51.100.7' ORDER BY 1, 2",
]  # fmt: skip


def _asked(engines: Engines, text: str, apart_from: int) -> Result:
    return run_sql(engines.case, text, limit=1_000_000, present_ms=NOW_MS, apart_from=apart_from)


@pytest.mark.parametrize("text", ASKED)
def test_the_answer_is_the_same_whoever_reads(engines: Engines, text: str) -> None:
    assert _asked(engines, text, 0).rows == _asked(engines, text, NEVER).rows


def test_a_query_says_what_is_read_apart(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Harvests, "worth", lambda *_: True)
    explained = explain_sql(engines.case, ASKED[0], {})
    assert "tt_harvest_1, read apart" in explained
    assert "tt_record" not in explained


@pytest.mark.parametrize(
    "field",
    [
        "tlsDetails.tlsVersion",
        "element_at(requestParameters, 'bucketName')",
        "json_extract_scalar(requestParameters, '$.bucketName')",
        "element_at(additionalEventData, 'bytesTransferredIn')",
        "element_at(additionalEventData, 'bytesTransferredOut')",
    ],
)
def test_what_the_row_holds_needs_no_record(engines: Engines, field: str) -> None:
    asked = f"SELECT {field}, count(*) FROM events GROUP BY 1"
    explained = explain_sql(engines.case, asked, {})
    assert "tt_rare_record" in explained
    assert "tt_record" not in explained


def test_few_records_are_read_by_the_query_itself(engines: Engines) -> None:
    assert "read apart" not in explain_sql(engines.case, ASKED[0], {})


def test_a_complaint_of_a_condition_is_the_querys_own(engines: Engines) -> None:
    asked = "SELECT requestID FROM events WHERE CAST(userAgent AS bigint) > 0 ORDER BY eventTime"
    with pytest.raises(QueryError, match="can't be cast"):
        _asked(engines, asked, 0)


def test_it_stops_when_it_is_not_wanted(engines: Engines) -> None:
    with pytest.raises(QueryStopped, match="cancelled"):
        run_sql(engines.case, ASKED[0], apart_from=0, cancelled=lambda: True)
    with pytest.raises(QueryStopped, match="time limit"):
        run_sql(engines.case, ASKED[0], apart_from=0, seconds=0)


def test_a_process_that_dies_changes_no_answer(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _asked(engines, ASKED[0], NEVER).rows
    monkeypatch.setattr(harvesting, "_COMMAND", [sys.executable, "-c", "pass"])
    assert _asked(engines, ASKED[0], 0).rows == expected


def test_nothing_is_taken_of_a_case_that_changed_meanwhile(engines: Engines) -> None:
    needed = {"tt_harvest_1": Harvest("e1", ("id",), (), (), ((path_text(_PATHS[0]), "text"),))}
    with engines.case.reopen(readonly=True) as own:
        own.connection.execute("BEGIN")
        version = version_of(own.connection)
        with pytest.raises(HarvestFailed):
            harvest(own.connection, engines.case, needed, version - 1, lambda: False)
        harvest(own.connection, engines.case, needed, version, lambda: False)
        found = own.connection.execute("SELECT count(*), count(DISTINCT id) FROM tt_harvest_1")
        events = own.connection.execute("SELECT count(*) FROM event_rows").fetchone()[0]
        assert found.fetchone() == (events, events)


def test_a_commit_of_somebody_else_is_noticed(tmp_path_factory: pytest.TempPathFactory) -> None:
    needed = {"tt_harvest_1": Harvest("e1", ("id",), (), (), ())}
    with Case.create(tmp_path_factory.mktemp("commit") / "one.case") as case:
        load(case, json.dumps([record(1)]).encode())
        with case.reopen(readonly=True) as own:
            own.connection.execute("BEGIN")
            version = version_of(own.connection)
            load(case, json.dumps([record(2)]).encode())
            with pytest.raises(HarvestFailed):
                harvest(own.connection, case, needed, version, lambda: False)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_shares_hold_every_event_once(engines: Engines, count: int) -> None:
    connection = engines.case.connection
    shares = shares_of(connection, count)
    asked = "SELECT count(*) FROM event_rows WHERE id >= ? AND id < ?"
    found = [connection.execute(asked, each.events).fetchone()[0] for each in shares]
    assert sum(found) == connection.execute(asked, ALL_IDS).fetchone()[0]
    assert max(found) - min(found) <= count


def test_an_empty_case_has_shares_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Case.create(tmp_path_factory.mktemp("empty") / "one.case") as case:
        assert len(shares_of(case.connection, 2)) == 2
        assert run_sql(case, ASKED[0], apart_from=0).rows == ()


_TIME = "CASE WHEN e1.flags & 64 = 0 THEN (e1.id >> 31) * 1000 + e1.millis END"


@pytest.mark.parametrize(
    "part",
    [
        "SELECT e1.r1 AS c1, avg(e1.r2) AS c2",
        "SELECT sum(e1.r2) AS c2",
        "SELECT e1.id AS c1",
        "SELECT count(DISTINCT e1.event_id) AS c1",
        f"SELECT max(CASE WHEN e1.r1 = ? THEN {_TIME} END) AS c1",
        f" GROUP BY tt_trunc({_TIME})",
        "SELECT tt_array_agg(e1.r1) AS c1",
        "SELECT tt_max_by(e1.r1, e1.flags) AS c1",
        "SELECT (SELECT count(*) FROM event_rows) AS c1",
        "SELECT count(*) OVER () AS c1",
        "SELECT count(* AS c1",
    ],
)
def test_rows_are_kept_where_their_number_or_time_matters(part: str) -> None:
    assert counted_alike("e1", [Sql(part)]) is None


def test_counts_become_sums_of_weights() -> None:
    part = Sql(f"SELECT count(*), count((e1.r1)), count(DISTINCT e1.ip), max({_TIME})")
    (made,) = counted_alike("e1", [part]) or []
    assert made.text == (
        "SELECT coalesce(sum(e1.alike), 0), "
        "coalesce(sum(CASE WHEN ((e1.r1)) IS NOT NULL THEN e1.alike END), 0), "
        f"count(DISTINCT e1.ip), max({_TIME})"
    )


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 5 << 31), st.sampled_from([0, 1, 999])),
        min_size=1,
        max_size=30,
    ),
    cut=st.integers(0, 30),
)
def test_of_rows_alike_the_first_and_the_last_stay(
    rows: list[tuple[str, int, int]], cut: int
) -> None:
    alike = AlikeRows(["name", "id", "millis"])
    for part in (rows[:cut], rows[cut:]):
        if part:
            alike.add(list(zip(*part, strict=True)))
    made = list(zip(*alike.taken(), strict=True))
    for name in {row[0] for row in rows}:
        times = [(id_ >> 31) * 1000 + ms for each, id_, ms in rows if each == name]
        kept = [(id_ >> 31) * 1000 + ms for each, id_, ms, _ in made if each == name]
        assert (min(kept), max(kept)) == (min(times), max(times))
        assert sum(row[3] for row in made if row[0] == name) == len(times)
    assert {row[:3] for row in made} <= set(rows)
    assert not alike.taken()
