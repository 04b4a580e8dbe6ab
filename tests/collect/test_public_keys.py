"""The public keys lie in the case beside the digests: these can be checked without AWS."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode
from datetime import timedelta
from hashlib import md5, sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.collect.buckets import NOW, NOW_MS, Shelf, calls_of, collect, ms, plan, wish
from tests.sim.corpus import corpus
from tests.simulated import trail
from trailtui.aws.session import AwsSession
from trailtui.case import journal
from trailtui.case.coverage import problems
from trailtui.case.evidence import all_evidence, original_bytes
from trailtui.case.file import Case
from trailtui.collect.public_keys import ask_for_keys, digest_times, keep_keys, missing_keys
from trailtui.model.times import HOUR_MS
from trailtui.sim.account import SimulatedAccount

REGIONS = ("us-east-1", "eu-west-1")


def _deliver(account: SimulatedAccount) -> None:
    began = NOW - timedelta(hours=6)
    account.adopt(corpus(60, start=began, hours=4, regions=REGIONS))
    trail(account, since=began)
    account.deliver_to_bucket()


def _keep(case: Case, aws: AwsSession, *, present_ms: int = NOW_MS) -> list[str]:
    """Ask as the command does; gives the Regions that were asked."""
    times = digest_times(plan(aws, "s3://trail-logs", wish()))
    wanted = missing_keys(case, times, present_ms)
    keep_keys(case, ask_for_keys(aws, {one: times[one][0] for one in wanted}, present_ms))
    return wanted


def _keys_of(case: Case) -> dict[tuple[str, str], rsa.RSAPublicKey]:
    """By Region and fingerprint, from the case alone."""
    found: dict[tuple[str, str], rsa.RSAPublicKey] = {}
    for one in all_evidence(case):
        if one.origin.startswith("public-keys "):
            answer = json.loads(b"".join(original_bytes(case, one.id)))
            for key in answer["PublicKeyList"]:
                der = b64decode(key["Value"])
                assert key["Fingerprint"] == md5(der, usedforsecurity=False).hexdigest()
                public = load_der_public_key(der)
                assert isinstance(public, rsa.RSAPublicKey)
                found[one.origin.split()[1], key["Fingerprint"]] = public
    return found


def _digests_of(case: Case) -> list[tuple[dict[str, Any], bytes, str]]:
    """Each digest: what it says, its content, and the signature that S3 told with it."""
    rows = case.connection.execute(
        "SELECT e.id, o.told FROM evidence e JOIN evidence_origins o ON o.evidence = e.id "
        "WHERE e.kind = 'digest'"
    ).fetchall()
    found: list[tuple[dict[str, Any], bytes, str]] = []
    for number, told in rows:
        content = gzip.decompress(b"".join(original_bytes(case, number)))
        found.append((json.loads(content), content, json.loads(told)["Metadata"]["signature"]))
    return found


def test_a_digest_is_checked_from_the_case_alone(
    account: SimulatedAccount, aws: AwsSession, case: Case
) -> None:
    _deliver(account)
    assert sorted(_keep(case, aws)) == sorted(REGIONS)
    assert collect(case, aws, "s3://trail-logs").whole
    keys, digests = _keys_of(case), _digests_of(case)
    assert {region for region, _ in keys} == set(REGIONS)
    assert len(digests) >= 8
    for said, content, signature in digests:
        region = said["digestS3Object"].split("/")[3]
        lines = (
            said["digestEndTime"],
            f"{said['digestS3Bucket']}/{said['digestS3Object']}",
            sha256(content).hexdigest(),
            said["previousDigestSignature"] or "null",
        )
        keys[region, said["digestPublicKeyFingerprint"]].verify(
            bytes.fromhex(signature), "\n".join(lines).encode(), padding.PKCS1v15(), hashes.SHA256()
        )


def test_what_is_there_is_not_asked_for_again(
    account: SimulatedAccount, aws: AwsSession, case: Case
) -> None:
    _deliver(account)
    _keep(case, aws)
    with calls_of(account) as calls:
        assert _keep(case, aws) == []
    assert "ListPublicKeys" not in calls
    assert sorted(_keep(case, aws, present_ms=NOW_MS + HOUR_MS)) == sorted(REGIONS)


def test_only_regions_with_digests_are_asked(
    account: SimulatedAccount, aws: AwsSession, case: Case
) -> None:
    shelf = Shelf(account)
    shelf.day(NOW, 1, region="us-east-1")
    shelf.day(NOW, 1, region="eu-west-1", kind="CloudTrail-Digest")
    times = digest_times(plan(aws, "s3://logs", wish(NOW)))
    midnight = ms(NOW.replace(hour=0))
    assert times == {"eu-west-1": (midnight, midnight + 24 * HOUR_MS)}


def test_a_refusal_stays_in_the_case_until_there_is_an_answer(
    account: SimulatedAccount, aws: AwsSession, case: Case
) -> None:
    _deliver(account)
    account.faults.add("cloudtrail", "ListPublicKeys", "access_denied", None, region="eu-west-1")
    _keep(case, aws)
    told = [(one.origin, one.reason) for one in problems(case)]
    assert [origin for origin, _ in told] == ["public-keys eu-west-1 ListPublicKeys"]
    assert "cloudtrail:ListPublicKeys" in told[0][1]
    (entry,) = journal.entries(case, kinds=("collect",))
    assert entry.what["public_keys"] == ["us-east-1"]
    assert "eu-west-1" in str(entry.what["refused"])
    account.faults.clear()
    assert _keep(case, aws) == ["eu-west-1"]
    assert list(problems(case)) == []
