"""What goes wrong in a bucket: each told with its reason and its object, and the rest comes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.collect.buckets import (
    ACCOUNT,
    DAY,
    NOW,
    NOW_MS,
    Shelf,
    calls_of,
    collect,
    kept,
    log_file,
    plan,
    session,
    wish,
)
from tests.records import record
from tests.simulated import empty_account
from trailtui.aws import errors
from trailtui.aws.calls import ApiCall
from trailtui.aws.refusals import from_response
from trailtui.aws.session import AwsSession
from trailtui.case.coverage import problems
from trailtui.case.fetches import State, all_fetches
from trailtui.case.file import Case
from trailtui.collect import s3_ahead, s3_bucket
from trailtui.collect.s3 import collect_s3
from trailtui.collect.s3_layout import Address
from trailtui.collect.s3_plan import plan_s3
from trailtui.sim.account import SimulatedAccount


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with empty_account(at=NOW) as made:
        yield made


@pytest.fixture
def aws(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> AwsSession:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return session(account, monkeypatch)


@pytest.fixture
def shelf(account: SimulatedAccount) -> Shelf:
    return Shelf(account)


def _reasons(case: Case) -> dict[str, str]:
    return {one.origin: one.reason for one in problems(case)}


def _state(case: Case) -> tuple[State, str]:
    (fetch,) = [fetch for fetch in all_fetches(case) if fetch.unit.until_ms > NOW_MS]
    return fetch.state, fetch.detail


def test_a_denied_object_is_told_and_the_rest_comes(
    account: SimulatedAccount, aws: AwsSession, case: Case, shelf: Shelf
) -> None:
    keys = shelf.day(NOW, 5)
    account.faults.add("s3", "GetObject", "access_denied", None, where={"Key": keys[2]})
    result = collect(case, aws, "s3://logs")
    assert (result.records, result.problems) == (20, 1)
    assert list(_reasons(case)) == [f"s3://logs/{keys[2]}"]
    assert "s3:GetObject" in _reasons(case)[f"s3://logs/{keys[2]}"]
    state, detail = _state(case)
    assert state is State.PARTIAL
    assert detail.startswith(f"1 object could not be had, first s3://logs/{keys[2]}: ")
    assert len(result.refusals) == 1
    account.faults.clear()
    with calls_of(account) as calls:
        assert collect(case, aws, "s3://logs").whole
    assert calls.count("GetObject") == 1
    assert (_state(case)[0], _reasons(case), len(kept(case))) == (State.FETCHED, {}, 5)


def test_where_every_object_is_denied_most_are_not_asked_for(
    account: SimulatedAccount, aws: AwsSession, case: Case, shelf: Shelf
) -> None:
    shelf.day(NOW, 90)
    account.faults.add("s3", "GetObject", "access_denied", None)
    with calls_of(account) as calls:
        result = collect(case, aws, "s3://logs")
    assert calls.count("GetObject") < 90
    assert _state(case)[0] is State.DENIED
    assert "s3:GetObject" in _state(case)[1]
    assert not _reasons(case) and len(result.refusals) == 1


def test_a_listing_that_is_denied_is_asked_for_once(
    account: SimulatedAccount, aws: AwsSession, case: Case, shelf: Shelf
) -> None:
    for day in range(9):
        shelf.day(NOW - day * DAY, 1)
        shelf.day(NOW - day * DAY, 1, region="eu-west-1")
    made = plan(aws, "s3://logs", wish(NOW - 8 * DAY))
    where = {"Prefix": f"AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/*"}
    account.faults.add("s3", "ListObjectsV2", "access_denied", None, where=where)
    with calls_of(account) as calls:
        result = collect_s3(case, made)
    assert result.states == {"fetched": 9, "denied": 9}
    # those that were under way at the same moment, and none of those that came later
    assert calls.count("ListObjectsV2") <= 9 + 8
    assert {unit.region for unit, _, _ in result.refusals} == {"eu-west-1"}


def _answering(monkeypatch: pytest.MonkeyPatch, failures: dict[str, Exception]) -> None:
    """Let the download of some keys fail as AWS would let it."""
    download = AwsSession.download

    def failing(self: AwsSession, bucket: str, key: str, **more: Any) -> Any:
        if key in failures:
            raise failures[key]
        return download(self, bucket, key, **more)

    monkeypatch.setattr(AwsSession, "download", failing)


def test_archived_vanished_and_encrypted_objects_are_named(
    aws: AwsSession, case: Case, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = shelf.day(NOW, 5)
    call = ApiCall("s3", "GetObject", {})

    def answer(code: str, message: str, status: int = 403) -> Exception:
        said = {"Error": {"Code": code, "Message": message},
                "ResponseMetadata": {"HTTPStatusCode": status}}  # fmt: skip
        return from_response(said, call)

    kms = (
        "User: arn:aws:iam::111122223333:user/x is not authorized to perform: kms:Decrypt on "
        "resource: arn:aws:kms:us-east-1:111122223333:key/k because no resource-based policy "
        "allows the kms:Decrypt action"
    )
    _answering(monkeypatch, {
        keys[0]: answer("InvalidObjectState", "The operation is not valid for the storage class"),
        keys[1]: answer("NoSuchKey", "The specified key does not exist.", 404),
        keys[2]: answer("AccessDenied", kms),
    })  # fmt: skip
    result = collect(case, aws, "s3://logs")
    assert result.records == 10
    reasons = _reasons(case)
    assert "archived (Glacier" in reasons[f"s3://logs/{keys[0]}"]
    assert "vanished" in reasons[f"s3://logs/{keys[1]}"]
    assert "kms:Decrypt" in reasons[f"s3://logs/{keys[2]}"]
    assert _state(case)[0] is State.PARTIAL
    assert "3 objects" in _state(case)[1]


def test_an_object_that_vanishes_between_listing_and_download(
    aws: AwsSession, case: Case, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = shelf.day(NOW, 3)
    objects = s3_bucket.Bucket.objects

    def vanishing(self: s3_bucket.Bucket, prefix: str) -> Iterator[Any]:
        for page in objects(self, prefix):
            shelf.remove(keys[1])
            yield page

    monkeypatch.setattr(s3_bucket.Bucket, "objects", vanishing)
    assert collect(case, aws, "s3://logs").records == 10
    assert _reasons(case) == {f"s3://logs/{keys[1]}": "vanished between listing and download"}


@pytest.mark.parametrize("kind", ["throttle", "error500_before", "drop_before", "truncate"])
def test_passing_faults_are_waited_out(
    account: SimulatedAccount, aws: AwsSession, case: Case, shelf: Shelf, kind: str
) -> None:
    shelf.day(NOW, 12)
    account.faults.add("s3", "GetObject", kind, 2, every=3)
    account.faults.add("s3", "ListObjectsV2", "drop_before" if kind == "truncate" else kind, 1)
    result = collect(case, aws, "s3://logs")
    assert (result.whole, result.records, result.problems) == (True, 60, 0)


def test_expired_credentials_end_it_and_it_goes_on_later(
    account: SimulatedAccount, aws: AwsSession, case: Case, shelf: Shelf
) -> None:
    shelf.day(NOW, 30)
    account.faults.add("s3", "GetObject", "expired", None, after=10)
    result = collect(case, aws, "s3://logs")
    assert isinstance(result.stopped_by, errors.CredentialsExpired)
    assert not _reasons(case)
    had = len(kept(case))
    assert had < 30
    account.faults.clear()
    with calls_of(account) as calls:
        assert collect(case, aws, "s3://logs").whole
    assert (calls.count("GetObject"), len(kept(case))) == (30 - had, 30)


def test_no_such_bucket_and_no_right_to_list(
    account: SimulatedAccount, aws: AwsSession, case: Case, shelf: Shelf
) -> None:
    with pytest.raises(errors.NotFound):
        plan(aws, "s3://nowhere-at-all", wish())
    shelf.day(NOW, 1)
    both = [Address("nowhere-at-all", "AWSLogs/"), Address("logs", "AWSLogs/")]
    made = plan_s3(aws, both, wish(), present_ms=NOW_MS)
    result = collect_s3(case, made)
    assert result.records == 5
    assert [(unit.account, state) for unit, state, _ in result.refusals] == [("", State.FAILED)]
    assert list(_reasons(case)) == ["s3://nowhere-at-all/AWSLogs/"]
    account.faults.add("s3", "ListObjectsV2", "access_denied", None)
    with pytest.raises(errors.AccessDenied, match="s3:List"):
        plan(aws, "s3://logs", wish())


def test_a_new_content_that_cant_be_had_is_not_forgotten_for_the_old_one(
    account: SimulatedAccount, aws: AwsSession, case: Case, shelf: Shelf
) -> None:
    key, _ = shelf.day(NOW, 2)
    collect(case, aws, "s3://logs")
    shelf.put(key, log_file(record(800)))
    account.faults.add("s3", "GetObject", "access_denied", None, where={"Key": key})
    collect(case, aws, "s3://logs", again=True)
    assert list(_reasons(case)) == [f"s3://logs/{key}"]
    assert "s3:GetObject" in _reasons(case)[f"s3://logs/{key}"]
    account.faults.clear()
    collect(case, aws, "s3://logs")
    assert "overwritten" in _reasons(case)[f"s3://logs/{key}"]


def test_a_file_that_is_no_log_is_kept_with_its_defect(
    aws: AwsSession, case: Case, shelf: Shelf
) -> None:
    day = f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{NOW:%Y/%m/%d}/"
    cut = shelf.put(f"{day}cut.json.gz", log_file(*(record(n) for n in range(40)))[:-200])
    empty = shelf.put(f"{day}nothing.json.gz", b"")
    result = collect(case, aws, "s3://logs")
    assert {one.origin for one in problems(case)} == {f"s3://logs/{cut}", f"s3://logs/{empty}"}
    assert result.problems == len(problems(case))
    assert result.whole  # all bytes are here; what is in them is another matter
    assert kept(case)[f"s3://logs/{cut}"] == shelf.bodies[cut]


def test_too_large_objects_are_not_asked_for(
    account: SimulatedAccount, aws: AwsSession, case: Case, shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    keys = shelf.day(NOW, 2)
    monkeypatch.setattr(s3_bucket, "CONTENT_LIMIT", 1000)
    large = shelf.put(keys[1], b"x" * 1001)
    with calls_of(account) as calls:
        collect(case, aws, "s3://logs")
    assert calls.count("GetObject") == 1
    assert "larger than" in _reasons(case)[f"s3://logs/{large}"]


def test_what_is_held_in_memory_is_bounded(
    aws: AwsSession, case: Case, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many files a day has, a window of them is downloaded ahead of the writer."""
    monkeypatch.setattr(s3_ahead, "WINDOW_OBJECTS", 6)
    shelf.day(NOW, 80)
    held, most = 0, 0
    lock = threading.Lock()
    get, take = s3_bucket.Bucket.get, s3_ahead._result

    def counted_get(self: s3_bucket.Bucket, entry: Any) -> Any:
        nonlocal held, most
        with lock:
            held += 1
            most = max(most, held)
        return get(self, entry)

    def counted_result(future: Any, stop: Any) -> Any:
        nonlocal held
        taken = take(future, stop)
        with lock:
            held -= 1
        return taken

    monkeypatch.setattr(s3_bucket.Bucket, "get", counted_get)
    monkeypatch.setattr(s3_ahead, "_result", counted_result)
    assert collect(case, aws, "s3://logs").records == 400
    assert 1 < most <= 6


def test_requester_pays_is_said_on_every_call(
    account: SimulatedAccount, aws: AwsSession, case: Case, shelf: Shelf
) -> None:
    shelf.day(NOW, 2)
    mark = len(account.calls)
    collect(case, aws, "s3://logs", wish(requester_pays=True))
    made = [entry for entry in account.calls.since(mark)]
    assert {entry.operation for entry in made} == {"ListObjectsV2", "GetObject"}
    assert {entry.params.get("RequestPayer") for entry in made} == {"requester"}
