"""A trail's bucket as a source: what is asked for comes, whole, once, and is gone on with."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from tests.collect.buckets import (
    ACCOUNT,
    DAY,
    NOW,
    NOW_MS,
    OTHER,
    Shelf,
    calls_of,
    collect,
    kept,
    log_file,
    plan,
    wish,
)
from tests.records import record
from tests.sim.buckets import delivered, event_ids, stored
from tests.sim.corpus import corpus
from tests.simulated import organisation, trail
from trailtui.aws.errors import AccessDenied
from trailtui.aws.session import AwsSession
from trailtui.case import journal
from trailtui.case.coverage import problems
from trailtui.case.events import count, page
from trailtui.case.evidence import all_evidence, original_bytes
from trailtui.case.fetches import State, all_fetches
from trailtui.case.file import Case
from trailtui.collect import parsing, s3_bucket, s3_days
from trailtui.collect.s3 import collect_s3
from trailtui.collect.s3_plan import plan_s3
from trailtui.collect.trails import addresses_of, find_trails, keep_trails
from trailtui.model.errors import InputError
from trailtui.sim.account import SimulatedAccount


def _ids(case: Case) -> list[str]:
    return sorted(row.event_id for row in page(case, limit=100_000).rows)


def _states(case: Case) -> Counter[str]:
    return Counter(str(fetch.state) for fetch in all_fetches(case))


def test_all_that_a_trail_delivered_and_the_bytes_as_they_are(
    account: SimulatedAccount, aws: AwsSession, case: Case
) -> None:
    began = NOW - timedelta(hours=15)
    account.adopt(corpus(200, start=began, hours=5, insight_share=0.04))
    arn = trail(account, since=began, S3KeyPrefix="security/trails")
    chosen = [{"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}]
    account.actor(account.root).client("cloudtrail").put_insight_selectors(
        TrailName=arn, InsightSelectors=chosen
    )
    account.deliver_to_bucket()
    found = find_trails(aws, ACCOUNT, ["us-east-1", "eu-west-1"])
    assert [(one.arn, one.logging) for one in found.trails] == [(arn, True)]
    made = plan_s3(aws, addresses_of(found.trails), wish(), present_ms=NOW_MS)
    result = collect_s3(case, made)
    assert result.whole and not result.problems
    assert _ids(case) == event_ids(delivered(account)) != []
    there = stored(account)
    assert {f"s3://trail-logs/{one.key}" for one in there} == set(kept(case))
    s3 = account.actor(account.root).client("s3")
    for one in there:
        body = s3.get_object(Bucket="trail-logs", Key=one.key)["Body"].read()
        assert kept(case)[f"s3://trail-logs/{one.key}"] == body
    kinds = dict(case.connection.execute("SELECT kind, count(*) FROM evidence GROUP BY kind"))
    assert kinds["digest"] == len([one for one in there if "CloudTrail-Digest" in one.key]) > 0
    rows = case.connection.execute("SELECT origin, told FROM evidence_origins").fetchall()
    told = {origin.removeprefix("s3://trail-logs/"): json.loads(said) for origin, said in rows}
    for one in there:
        assert told[one.key]["ETag"] == one.answer["ETag"]
        assert told[one.key].get("Metadata", {}) == one.metadata
        assert ("signature" in one.metadata) == ("CloudTrail-Digest" in one.key)


def test_only_the_days_accounts_and_regions_asked_for(
    account: SimulatedAccount, aws: AwsSession, case: Case, shelf: Shelf
) -> None:
    root = "org/AWSLogs/o-abcdefghij/"
    wanted: list[str] = []
    for number in range(6):
        day = NOW - number * DAY
        for whose in (ACCOUNT, OTHER):
            for region in ("us-east-1", "eu-west-1"):
                keys = shelf.day(day, 2, root=root, account=whose, region=region)
                if whose == OTHER and region == "eu-west-1" and number in (2, 3):
                    wanted += keys
    wanted += shelf.day(
        NOW - 3 * DAY, 1, root=root, account=OTHER, region="eu-west-1", kind="CloudTrail-Digest"
    )
    asked = wish(NOW - 3 * DAY, NOW - 3 * DAY + timedelta(hours=1),
                 accounts=(OTHER,), regions=("eu-west-1",))  # fmt: skip
    with calls_of(account) as calls:
        result = collect(case, aws, "s3://logs/org", asked)
    assert set(kept(case)) == {f"s3://logs/{key}" for key in wanted}
    assert calls.count("GetObject") == len(wanted)
    assert result.requests == len(wanted) + 4  # two days of two kinds
    # org twice, AWSLogs/, and the five kinds of one account: nothing else is even listed
    assert calls.count("ListObjectsV2") == 4 + 8
    assert [(one.unit.account, one.unit.region) for one in all_fetches(case)] == (
        [(OTHER, "eu-west-1")] * 2
    )


@pytest.mark.parametrize(
    ("where", "files"),
    [
        ("s3://logs", 8),
        ("s3://logs/", 8),
        ("s3://logs/team", 8),
        ("s3://logs/team/AWSLogs", 8),
        ("s3://logs/team/AWSLogs/111122223333", 4),
        ("s3://logs/team/AWSLogs/111122223333/CloudTrail/eu-west-1", 2),
        ("s3://logs/team/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/11/", 1),
        ("s3://logs/team/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03", 2),
        ("s3://logs/team/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/11/1111", 1),
    ],
)
def test_any_place_in_the_tree(
    aws: AwsSession, case: Case, shelf: Shelf, where: str, files: int
) -> None:
    for whose in (ACCOUNT, OTHER):
        for region in ("us-east-1", "eu-west-1"):
            for day in (NOW, NOW - DAY):
                shelf.day(day, 1, root="team/AWSLogs/", account=whose, region=region)
    assert collect(case, aws, where).whole
    assert len(kept(case)) == files


def test_one_object_in_the_tree_and_one_beside_it(
    aws: AwsSession, case: Case, shelf: Shelf
) -> None:
    key = shelf.day(NOW, 3)[1]
    beside = shelf.put("evidence/from a colleague.json.gz", log_file(record(900)))
    for one in (key, beside):
        assert collect(case, aws, f"s3://logs/{one}").whole
    assert set(kept(case)) == {f"s3://logs/{key}", f"s3://logs/{beside}"}
    units = [fetch.unit for fetch in all_fetches(case)]
    assert [unit.account for unit in units] == ["", ACCOUNT]
    assert all(unit.question["filter"] for unit in units)
    with pytest.raises(InputError, match="no such object"):
        plan(aws, f"s3://logs/{key}.gone", wish())
    with pytest.raises(InputError, match="AWS's layout"):
        plan(aws, "s3://logs/evidence/", wish())


def test_what_is_known_is_not_downloaded_again(
    account: SimulatedAccount, aws: AwsSession, case: Case, shelf: Shelf
) -> None:
    for day in (NOW, NOW - DAY):
        shelf.day(day, 10)
    first = collect(case, aws, "s3://logs")
    assert (first.records, first.requests) == (100, 20 + 3)
    with calls_of(account) as calls:
        again = collect(case, aws, "s3://logs", again=True)
    assert "GetObject" not in calls
    assert (again.requests, again.records, again.whole) == (3, 0, True)
    assert _states(case) == {"fetched": 2, "empty": 1}  # the day before yesterday has no files
    with calls_of(account) as calls:
        later = collect(case, aws, "s3://logs")
    assert later.units == 0  # all asked after the end of today, by this computer's clock
    assert set(calls) == {"ListObjectsV2"}
    shelf.day(NOW, 11, region="eu-west-1")
    assert collect(case, aws, "s3://logs").records == 55


def test_cancelled_and_gone_on_with(
    account: SimulatedAccount, aws: AwsSession, case: Case, shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(s3_days, "_GOT_OBJECTS", 4)
    shelf.day(NOW, 60)
    stopped = collect(case, aws, "s3://logs", progress=lambda result: result.records < 20)
    assert stopped.cancelled and not stopped.whole
    had = len(kept(case))
    assert 0 < had < 60
    assert _states(case)["running"] == 1
    with calls_of(account) as calls:
        rest = collect(case, aws, "s3://logs")
    assert rest.whole
    assert calls.count("GetObject") == 60 - had
    assert (count(case), len(kept(case))) == (300, 60)


def test_an_object_that_was_overwritten_comes_again_and_is_told(
    aws: AwsSession, case: Case, shelf: Shelf
) -> None:
    keys = shelf.day(NOW, 3)
    collect(case, aws, "s3://logs")
    before = shelf.bodies[keys[1]]
    shelf.put(keys[1], log_file(record(1)))
    result = collect(case, aws, "s3://logs", again=True)
    assert result.problems == 1
    (problem,) = problems(case)
    assert problem.origin == f"s3://logs/{keys[1]}"
    assert "overwritten" in problem.reason and problem.evidence is not None
    bodies = case.connection.execute("SELECT count(*) FROM evidence").fetchone()[0]
    assert bodies == 4  # the old one is still there
    assert before in [b"".join(original_bytes(case, one.id)) for one in all_evidence(case)]
    again = collect(case, aws, "s3://logs", again=True)
    assert (again.requests, len(problems(case))) == (3, 1)


def test_two_trails_deliver_the_same_events(
    account: SimulatedAccount, aws: AwsSession, case: Case
) -> None:
    account.adopt(corpus(120, start=NOW - DAY, hours=20, data_share=0))
    unsigned = {"EnableLogFileValidation": False}
    trail(account, "one", since=NOW - DAY, **unsigned)
    trail(account, "two", since=NOW - DAY, bucket="more-logs", S3KeyPrefix="two", **unsigned)
    account.deliver_to_bucket("one")
    account.deliver_to_bucket("two", late=0.5)
    found = find_trails(aws, ACCOUNT, ["us-east-1"])
    made = plan_s3(aws, addresses_of(found.trails), wish(), present_ms=NOW_MS)
    result = collect_s3(case, made)
    assert (result.events, result.conflicts) == (120, 0)
    assert result.sightings > 0
    assert result.records == result.events + result.sightings
    # files that happen to be alike are one piece of evidence, seen at both places
    places = case.connection.execute("SELECT count(*) FROM evidence_origins").fetchone()[0]
    assert places == len(stored(account)) + len(stored(account, "more-logs"))
    assert {fetch.unit.question["bucket"] for fetch in all_fetches(case)} == {
        "trail-logs",
        "more-logs",
    }


def test_an_organisations_trail_brings_all_its_accounts(
    account: SimulatedAccount, aws: AwsSession, case: Case
) -> None:
    org = organisation(account)
    everyone = (org.management, *org.members)
    account.adopt(corpus(90, start=NOW - DAY / 4, hours=5, accounts=everyone, data_share=0))
    trail(account, since=NOW - DAY / 3, S3KeyPrefix="all", IsOrganizationTrail=True)
    account.deliver_to_bucket()
    found = find_trails(aws, ACCOUNT, ["us-east-1"])
    made = plan_s3(aws, addresses_of(found.trails), wish(NOW), present_ms=NOW_MS)
    assert {unit.question["root"] for unit in made.units} == {f"all/AWSLogs/{org.id}/"}
    assert {unit.account for unit in made.units} == set(everyone)
    assert collect_s3(case, made).whole
    assert _ids(case) == event_ids(delivered(account))
    assert count(case) == 90


def test_more_folders_than_a_trail_makes_are_refused(
    aws: AwsSession, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        shelf.put(f"planted-{number}/x", b"")
    monkeypatch.setattr(s3_bucket, "MOST_FOLDERS", 3)
    with pytest.raises(InputError, match="more than 3 folders"):
        plan(aws, "s3://logs", wish())


def test_a_single_regions_trail_is_found_where_it_lives(
    account: SimulatedAccount, aws: AwsSession, case: Case
) -> None:
    arn = trail(account, "local", region="eu-west-1", IsMultiRegionTrail=False)
    regions = ["us-east-1", "eu-west-1", "ap-south-1"]
    found = find_trails(aws, ACCOUNT, regions)
    assert [(one.arn, one.home_region) for one in found.trails] == [(arn, "eu-west-1")]
    assert found.named("local") == found.named(arn) == found.trails
    with pytest.raises(InputError, match="no trail other"):
        found.named("other")
    assert keep_trails(case, found) > 0
    origins = {row[0] for row in case.connection.execute("SELECT origin FROM evidence_origins")}
    assert origins == {
        *(f"trails {ACCOUNT} {region} DescribeTrails" for region in regions),
        f"trails {ACCOUNT} eu-west-1 GetTrailStatus {arn}",
        f"trails {ACCOUNT} eu-west-1 GetEventSelectors {arn}",
    }
    bodies = [json.loads(body) for body in kept(case).values()]
    assert any(body.get("IsLogging") is True for body in bodies)
    assert not problems(case)
    kinds = case.connection.execute("SELECT DISTINCT kind FROM evidence").fetchall()
    assert kinds == [("answer",)]


def test_what_aws_does_not_say_of_trails_is_a_problem_until_it_does(
    account: SimulatedAccount, aws: AwsSession, case: Case
) -> None:
    trail(account)
    account.faults.add("cloudtrail", "DescribeTrails", "access_denied", None, region="eu-west-1")
    account.faults.add("cloudtrail", "GetTrailStatus", "access_denied", None)
    found = find_trails(aws, ACCOUNT, ["us-east-1", "eu-west-1"])
    assert [one.logging for one in found.trails] == [None]
    keep_trails(case, found)
    origins = sorted(one.origin for one in problems(case))
    assert origins[0] == f"trails {ACCOUNT} eu-west-1 DescribeTrails"
    assert origins[1].startswith(f"trails {ACCOUNT} us-east-1 GetTrailStatus arn:")
    account.faults.clear()
    keep_trails(case, find_trails(aws, ACCOUNT, ["us-east-1", "eu-west-1"]))
    assert not problems(case)
    account.faults.add("cloudtrail", "DescribeTrails", "access_denied", None)
    with pytest.raises(AccessDenied, match="cloudtrail:DescribeTrails"):
        find_trails(aws, ACCOUNT, ["us-east-1", "eu-west-1"])


def test_workers_read_the_same(
    aws: AwsSession, case: Case, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsing, "WORTH_WORKERS_BYTES", 0)
    asked: list[int] = []
    ask = parsing.Workers.ask

    def counted(self: parsing.Workers, number: int, documents: Any) -> Any:
        asked.append(number)
        return ask(self, number, documents)

    monkeypatch.setattr(parsing.Workers, "ask", counted)
    shelf.day(NOW, 40)
    plain = shelf.put(
        f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{NOW:%Y/%m/%d}/z.json",
        json.dumps({"Records": [record(5000)]}).encode(),
    )
    result = collect(case, aws, "s3://logs")
    assert (result.records, result.events, result.problems) == (201, 201, 0)
    assert kept(case) == {f"s3://logs/{key}": body for key, body in shelf.bodies.items()}
    told = case.connection.execute(
        "SELECT count(*) FROM evidence_origins WHERE told LIKE '%ETag%'"
    ).fetchone()
    assert told == (41,)
    assert plain in shelf.bodies
    assert len(asked) > 1


def test_hostile_keys_are_text_only(aws: AwsSession, case: Case, shelf: Shelf) -> None:
    day = f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{NOW:%Y/%m/%d}/"
    keys = [
        shelf.put(f"{day}{name}", log_file(record(number)))
        for number, name in enumerate(
            ("a/../../../../etc/passwd.json.gz", "b\x1b]52;c;eA==\x07.json.gz", "c[/red]'; --.gz",
             "d\u202egz.nosj", "e?x=1&y=%2e%2e#f")
        )
    ]  # fmt: skip
    result = collect(case, aws, "s3://logs")
    assert (result.records, result.problems) == (5, 0)
    assert set(kept(case)) == {f"s3://logs/{key}" for key in keys}


def test_the_action_log_says_what_was_asked(aws: AwsSession, case: Case, shelf: Shelf) -> None:
    shelf.day(NOW, 1)
    collect(case, aws, "s3://logs", wish(NOW, accounts=(ACCOUNT,)))
    began, ended = [one.what for one in journal.entries(case) if one.kind == "collect"]
    assert (began["source"], began["addresses"]) == ("s3", ["s3://logs/"])
    assert (began["accounts"], began["regions"]) == ([ACCOUNT], ["us-east-1"])
    assert (ended["finished"], ended["records"]) == (True, 5)


def test_what_is_not_there_is_told(aws: AwsSession, case: Case, shelf: Shelf) -> None:
    shelf.day(NOW, 1)
    made = plan(aws, "s3://logs", wish(regions=("us-east-1", "eu-west-1")))
    assert made.lacking == ("there are no files of Region eu-west-1",)
    assert collect_s3(case, made).whole
    states = {(f.unit.region, f.state) for f in all_fetches(case) if f.unit.since_ms > NOW_MS - 1e8}
    assert ("eu-west-1", State.EMPTY) in states
    with pytest.raises(InputError, match="from when on"):
        plan(aws, "s3://logs", wish().__class__())
    with pytest.raises(InputError, match="ends before"):
        plan(aws, "s3://logs", wish(NOW, NOW - DAY))
