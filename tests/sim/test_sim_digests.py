"""Digest files: verified here as AWS documents it, not by the code that wrote them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.sim.buckets import Stored, log_files, stored
from tests.sim.corpus import START, corpus
from tests.sim.laboratory import NOON, Laboratory, outcome
from tests.simulated import trail


def digests(lab: Laboratory, region: str) -> list[Stored]:
    return stored(lab.account, within=f"/CloudTrail-Digest/{region}/")


def key_of(lab: Laboratory, region: str, digest: Stored) -> rsa.RSAPublicKey:
    with lab.account.unrecorded():
        answer = lab.root.client("cloudtrail", region).list_public_keys(
            StartTime=datetime.fromisoformat(digest.json["digestStartTime"]),
            EndTime=datetime.fromisoformat(digest.json["digestEndTime"]),
        )
    wanted = digest.json["digestPublicKeyFingerprint"]
    value = next(one["Value"] for one in answer["PublicKeyList"] if one["Fingerprint"] == wanted)
    assert hashlib.md5(value).hexdigest() == wanted
    key = load_der_public_key(value)
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def verify(lab: Laboratory, region: str, digest: Stored, body: bytes | None = None) -> None:
    said = digest.json
    signed = "\n".join(
        [
            said["digestEndTime"],
            f"{said['digestS3Bucket']}/{said['digestS3Object']}",
            hashlib.sha256(body or digest.body).hexdigest(),
            said["previousDigestSignature"] or "null",
        ]
    )
    assert digest.metadata["signature-algorithm"] == said["digestSignatureAlgorithm"]
    key_of(lab, region, digest).verify(
        bytes.fromhex(digest.metadata["signature"]),
        signed.encode(),
        padding.PKCS1v15(),
        hashes.SHA256(),
    )


def check_chain(found: list[Stored]) -> None:
    """Each digest names the one before, by place, hash, signature and time."""
    for before, after in pairwise(found):
        said = after.json
        assert said["previousDigestS3Object"] == before.key
        assert said["previousDigestHashValue"] == hashlib.sha256(before.body).hexdigest()
        assert said["previousDigestSignature"] == before.metadata["signature"]
        assert said["digestStartTime"] == before.json["digestEndTime"]


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_day_of_digests(lab: Laboratory, region: str) -> None:
    lab.account.adopt(corpus(200, data_share=0))
    trail(lab.account, since=START - timedelta(minutes=30))
    written = lab.account.deliver_to_bucket()
    found = digests(lab, region)
    assert len(found) == 24
    assert {f"s3://trail-logs/{one.key}" for one in found} <= set(written.digests)
    assert found[0].json["previousDigestS3Object"] is None
    check_chain(found)
    for digest in found:
        verify(lab, region, digest)
        ends = datetime.fromisoformat(digest.json["digestEndTime"])
        assert digest.json["digestS3Object"] == digest.key
        assert digest.key == (
            f"AWSLogs/111122223333/CloudTrail-Digest/{region}/{ends:%Y/%m/%d}/"
            f"111122223333_CloudTrail-Digest_{region}_trail_us-east-1_{ends:%Y%m%dT%H%M%SZ}.json.gz"
        )
    files = {one.key: one for one in log_files(lab.account) if f"/{region}/" in one.key}
    named = [entry for digest in found for entry in digest.json["logFiles"]]
    over = f"{NOON - timedelta(minutes=30):%Y%m%dT%H%MZ}"
    assert (
        {one["s3Object"] for one in named}
        == {key for key in files if key.split("_")[3] < over}
        != set()
    )
    for entry in named:
        file = files[entry["s3Object"]]
        assert entry["hashValue"] == hashlib.sha256(file.body).hexdigest()
        times = [record["eventTime"] for record in file.records]
        assert (entry["oldestEventTime"], entry["newestEventTime"]) == (min(times), max(times))


def test_an_altered_digest_is_noticed(lab: Laboratory) -> None:
    trail(lab.account, since=NOON - timedelta(hours=3))
    lab.account.deliver_to_bucket()
    digest = digests(lab, "us-east-1")[1]
    with pytest.raises(InvalidSignature):
        verify(lab, "us-east-1", digest, digest.body.replace(b"SHA", b"SHb"))


def test_hours_without_an_event_have_digests_too(lab: Laboratory) -> None:
    trail(lab.account, since=NOON - timedelta(hours=3))
    lab.account.deliver_to_bucket()
    found = digests(lab, "us-east-1")
    assert [one.json["logFiles"] for one in found] == [[], [], []]
    assert found[0].json["newestEventTime"] is None


def test_the_chain_goes_on_and_takes_late_files_in(lab: Laboratory) -> None:
    records = corpus(40, data_share=0, regions=("us-east-1",), hours=10)
    lab.account.adopt(records[:30])
    trail(lab.account, since=START)
    lab.account.deliver_to_bucket(late={records[3]["eventID"]}, late_by=timedelta(hours=4))
    lab.account.adopt(records[30:])
    lab.account.clock.advance(2 * 3600)
    lab.account.deliver_to_bucket()
    found = digests(lab, "us-east-1")
    check_chain(found)
    assert len(found) == 26
    named = [entry["s3Object"] for digest in found for entry in digest.json["logFiles"]]
    assert sorted(named) == [one.key for one in log_files(lab.account)]


def test_a_chain_ends_with_the_logging_and_a_new_one_begins(lab: Laboratory) -> None:
    trail(lab.account, since=NOON - timedelta(hours=6))
    cloudtrail = lab.root.client("cloudtrail")
    with lab.account.unrecorded():
        lab.account.clock.set(NOON - timedelta(hours=3, minutes=30))
        cloudtrail.stop_logging(Name="trail")
        lab.account.clock.set(NOON - timedelta(hours=2))
        cloudtrail.start_logging(Name="trail")
        lab.account.clock.set(NOON)
    lab.account.deliver_to_bucket()
    found = [one.json for one in digests(lab, "us-east-1")]
    spans = [(one["digestStartTime"][11:16], one["digestEndTime"][11:16]) for one in found]
    assert spans == [
        ("06:00", "07:00"),
        ("07:00", "08:00"),
        ("08:00", "08:40"),
        ("10:00", "11:00"),
        ("11:00", "12:00"),
    ]
    begins = [one["previousDigestS3Object"] is None for one in found]
    assert begins == [True, False, False, True, False]


def test_no_digests_without_validation(lab: Laboratory) -> None:
    trail(lab.account, since=NOON - timedelta(hours=6), EnableLogFileValidation=False)
    assert lab.account.deliver_to_bucket().digests == []


def test_keys_are_the_regions_own_and_change_with_the_quarter(lab: Laboratory) -> None:
    here, there = lab.root.client("cloudtrail"), lab.root.client("cloudtrail", "eu-west-1")

    def prints(client: Any, **asked: Any) -> list[str]:
        keys = client.list_public_keys(**asked)["PublicKeyList"]
        for key in keys:
            assert key["ValidityStartTime"] < key["ValidityEndTime"]
        return [key["Fingerprint"] for key in keys]

    now = prints(here)
    assert len(now) == 1
    assert prints(there) != now
    half_a_year = {"StartTime": datetime(2026, 1, 5, tzinfo=UTC), "EndTime": NOON.replace(month=5)}
    two = prints(here, **half_a_year)
    assert len(set(two)) == 2
    assert two[0] == now[0]
    backwards = {"StartTime": NOON, "EndTime": NOON - timedelta(days=1)}
    assert outcome(here.list_public_keys, **backwards) == "InvalidTimeRangeException"
