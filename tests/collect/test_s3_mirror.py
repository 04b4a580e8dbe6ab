"""A local mirror of a bucket, and objects handed out by URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from zlib import crc32

import pytest

from tests.collect.buckets import ACCOUNT, DAY, NOW, NOW_MS, OTHER, kept, log_file, ms, wish
from tests.records import record
from trailtui.case import journal
from trailtui.case.coverage import problems
from trailtui.case.fetches import State, all_fetches
from trailtui.case.file import Case
from trailtui.collect import mirror_urls
from trailtui.collect.mirror import plan_mirror
from trailtui.collect.mirror_urls import origin_of, plan_urls, read_urls
from trailtui.collect.s3 import collect_s3
from trailtui.model.errors import InputError

SIGNATURE = "5ec3e75ec3e75ec3e7"


def _day(
    folder: Path, day: datetime, files: int, *, account: str = ACCOUNT, region: str = "us-east-1"
) -> list[Path]:
    made: list[Path] = []
    for number in range(files):
        name = f"{account}_CloudTrail_{region}_{day:%Y%m%d}T{number:02d}00Z_x.json.gz"
        path = folder / "AWSLogs" / account / "CloudTrail" / region / f"{day:%Y/%m/%d}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        unique = crc32(path.name.encode()) % 10**6
        path.write_bytes(log_file(record(unique), record(unique + 10**6)))
        made.append(path)
    return made


def test_the_same_days_are_picked_from_a_folder(case: Case, tmp_path: Path) -> None:
    wanted: list[Path] = []
    for number in range(5):
        for region in ("us-east-1", "eu-west-1"):
            for account in (ACCOUNT, OTHER):
                paths = _day(tmp_path, NOW - number * DAY, 2, account=account, region=region)
                if number in (2, 3) and region == "eu-west-1" and account == OTHER:
                    wanted += paths
    asked = wish(NOW - 3 * DAY, NOW - 3 * DAY + DAY / 2, accounts=(OTHER,), regions=("eu-west-1",))
    result = collect_s3(case, plan_mirror(str(tmp_path), asked, present_ms=NOW_MS))
    assert result.whole
    assert kept(case) == {str(path): path.read_bytes() for path in wanted}
    states = [(one.unit.account, one.unit.region, one.state) for one in all_fetches(case)]
    assert states == [(OTHER, "eu-west-1", State.FETCHED)] * 2
    again = collect_s3(case, plan_mirror(str(tmp_path), asked, present_ms=NOW_MS), again=True)
    assert (again.records, again.whole) == (0, True)


def test_of_days_that_a_mirror_lacks_nothing_is_claimed(case: Case, tmp_path: Path) -> None:
    _day(tmp_path, NOW - DAY, 1)
    plan = plan_mirror(str(tmp_path), wish(NOW - 4 * DAY), present_ms=NOW_MS)
    assert [unit.since_ms for unit in plan.units] == [ms((NOW - DAY).replace(hour=0))]
    with pytest.raises(InputError, match="no day"):
        plan_mirror(str(tmp_path), wish(NOW - 9 * DAY, NOW - 8 * DAY), present_ms=NOW_MS)
    with pytest.raises(InputError, match="no such folder"):
        plan_mirror(str(tmp_path / "nowhere"), wish())
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="AWS's layout"):
        plan_mirror(str(tmp_path / "empty"), wish())


def test_links_in_a_mirror_are_told_and_not_followed(case: Case, tmp_path: Path) -> None:
    (path,) = _day(tmp_path, NOW, 1)
    secret = tmp_path / "secret"
    secret.write_text("not for the case")
    (path.parent / "link.json").symlink_to(secret)
    os.mkfifo(path.parent / "pipe")
    result = collect_s3(case, plan_mirror(str(tmp_path), wish(), present_ms=NOW_MS))
    assert result.records == 2
    reasons = {Path(one.origin).name: one.reason for one in problems(case)}
    assert set(reasons) == {"link.json", "pipe"}
    assert "symbolic link" in reasons["link.json"]
    assert all_fetches(case)[-1].state is State.PARTIAL
    assert list(kept(case)) == [str(path)]


def test_a_file_that_changed_in_the_mirror_is_read_again(case: Case, tmp_path: Path) -> None:
    first, second = _day(tmp_path, NOW, 2)
    collect_s3(case, plan_mirror(str(tmp_path), wish(), present_ms=NOW_MS))
    before = kept(case)[str(first)]
    first.write_bytes(log_file(record(77)))
    result = collect_s3(case, plan_mirror(str(tmp_path), wish(), present_ms=NOW_MS), again=True)
    assert (result.records, result.problems) == (1, 1)
    assert before != first.read_bytes()
    assert second.exists() and "overwritten" in problems(case)[0].reason


class _Shop(BaseHTTPRequestHandler):
    """Gives an object to whoever knows its signature."""

    bodies: dict[str, bytes] = {}  # noqa: RUF012
    asked: list[dict[str, str]] = []  # noqa: RUF012
    failures: list[int] = []  # noqa: RUF012

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.asked.append({"path": path, **{k.lower(): v for k, v in self.headers.items()}})
        if path == "/elsewhere":
            self._answer(307, b"", Location="ftp://files.example/x")
        elif f"X-Amz-Signature={SIGNATURE}" not in query:
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        elif self.failures:
            self._answer(self.failures.pop(), b"<Error><Code>SlowDown</Code></Error>")
        elif path not in self.bodies:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            more = {"ETag": '"abc"', "x-amz-meta-signature": "00ff", "Content-Encoding": "gzip"}
            self._answer(200, self.bodies[path], **more)

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def shop() -> Iterator[str]:
    _Shop.bodies, _Shop.asked, _Shop.failures = {}, [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _offer(shop: str, path: str, body: bytes) -> str:
    _Shop.bodies[path] = body
    return f"{shop}{path}?X-Amz-Credential=AKIA%2Fx&X-Amz-Signature={SIGNATURE}"


def _every_word(case: Case) -> str:
    return "\n".join(case.connection.iterdump())


def test_presigned_urls_leave_their_signature_nowhere(case: Case, shop: str) -> None:
    day = f"/b/AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/{NOW:%Y/%m/%d}"
    urls = [
        _offer(shop, f"{day}/one.json.gz", log_file(record(1))),
        _offer(shop, f"{day}/two.json.gz", log_file(record(2))),
        _offer(shop, "/b/exports/a%20b.json.gz", log_file(record(3))),
        f"{shop}/b/expired.json.gz?X-Amz-Signature=00000000",
        f"{shop}/elsewhere?X-Amz-Signature={SIGNATURE}",
    ]
    result = collect_s3(case, plan_urls(urls))
    assert result.records == 3
    assert set(kept(case)) == {origin_of(url) for url in urls[:3]}
    assert kept(case)[origin_of(urls[0])] == log_file(record(1))
    reasons = {one.origin.rpartition("/")[2]: one.reason for one in problems(case)}
    assert "HTTP 403 AccessDenied" in reasons["expired.json.gz"]
    assert "https" in reasons["elsewhere"]
    units = {(one.unit.account, one.unit.region): one for one in all_fetches(case)}
    assert set(units) == {(ACCOUNT, "eu-west-1"), ("", "")}
    assert units[(ACCOUNT, "eu-west-1")].unit.question["filter"] == "only 2 objects given by URL"
    assert units[(ACCOUNT, "eu-west-1")].state is State.FETCHED
    assert units[("", "")].state is State.PARTIAL
    assert SIGNATURE not in _every_word(case)
    assert "Credential" not in _every_word(case)
    assert not any("authorization" in asked or "cookie" in asked for asked in _Shop.asked)
    logged = [one.what for one in journal.entries(case) if one.kind == "collect"]
    assert logged[0]["units"] == 2
    (told,) = case.connection.execute(
        "SELECT told FROM evidence_origins WHERE origin = ?", [origin_of(urls[0])]
    ).fetchone()
    assert '"signature": "00ff"' in told


def test_urls_are_fetched_once_whatever_their_signature(case: Case, shop: str) -> None:
    url = _offer(shop, "/b/one.json.gz", log_file(record(1)))
    collect_s3(case, plan_urls([url]))
    again = url.replace("X-Amz-Credential=AKIA%2Fx&", "")
    assert collect_s3(case, plan_urls([again]), again=True).whole
    assert len(_Shop.asked) == 1


def test_a_url_that_fails_is_asked_again(
    case: Case, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("threading.Event.wait", lambda *_args, **_more: False)
    url = _offer(shop, "/b/one.json.gz", log_file(record(1)))
    _Shop.failures = [503, 500]
    from trailtui.collect.mirror_urls import Urls

    source = Urls([url])
    (entry,) = next(source.objects(str(source.units()[0].question["key"])))
    assert source.get(entry).body == log_file(record(1))
    assert source.requests == 3


def test_an_object_of_any_size_is_not_taken(
    case: Case, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_urls, "LIMIT", 1000)
    url = _offer(shop, "/b/large.json.gz", b"x" * 1001)
    assert collect_s3(case, plan_urls([url])).records == 0
    assert "larger than" in problems(case)[0].reason


@pytest.mark.parametrize(
    "line",
    ["file:///etc/passwd", "http://example.com/x", "ftp://example.com/x", "https://", "word",
     "https://user:word@[::1", "https://example.com/\x1b[2J"],
)  # fmt: skip
def test_only_https_is_fetched(line: str) -> None:
    with pytest.raises(InputError, match="line 2") as refused:
        read_urls(f"# from the log archive team\n{line}\n")
    assert "word" not in str(refused.value)


def test_what_is_kept_of_a_url() -> None:
    url = "https://user:secret@b.s3.amazonaws.com:443/a%2Fb?versionId=V1&X-Amz-Signature=f#x"
    assert origin_of(url) == "https://b.s3.amazonaws.com:443/a%2Fb?versionId=V1"
    assert read_urls(f"\n {url} \n#\n") == [url]
