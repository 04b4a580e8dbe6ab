"""Entities, their calls and sessions, against counts made record by record."""

import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.records import record, role_session, write_log_file
from trailtui.case.entities import calls_of_entities, summarize_entities
from trailtui.case.entity_counts import Call
from trailtui.case.events import EventFilter
from trailtui.case.file import Case
from trailtui.case.sessions import sessions_beneath
from trailtui.collect.files import collect_files
from trailtui.model.entity import ENTITY_KINDS, Entity
from trailtui.model.errors import InputError

IAM, EC2 = "iam.amazonaws.com", "ec2.amazonaws.com"
RISKY = {(IAM, "CreateAccessKey"), (EC2, "RunInstances")}
NAMES = ("ListUsers", "CreateAccessKey", "RunInstances", "GetUser")


def is_risky(source: str, name: str) -> bool:
    return (source, name) in RISKY


def made_records() -> list[dict[str, Any]]:
    """Sessions of two roles, a user, a service; the same names in two services."""
    rng = random.Random(7)
    made: list[dict[str, Any]] = []
    for number in range(400):
        role, session = rng.choice([("deploy", "job-1"), ("deploy", "job-2"), ("admin", "eve")])
        identities: list[Any] = [
            role_session(role, session, f"ASIAEXAMPLE0000{role[:2].upper()}{session[-1].upper()}"),
            record()["userIdentity"],
            {"type": "AWSService", "invokedBy": "config.amazonaws.com"},
        ]
        changes: dict[str, Any] = {
            "userIdentity": rng.choice(identities),
            "eventName": rng.choice(NAMES),
            "eventSource": rng.choice([IAM, EC2]),
            "sourceIPAddress": rng.choice(["198.51.100.7", "203.0.113.9"]),
            "userAgent": rng.choice(["a", "b"]),
            "awsRegion": rng.choice(["us-east-1", "eu-west-1"]),
            "resources": [{"ARN": f"arn:aws:s3:::bucket-{rng.randrange(3)}"}],
        }
        if rng.random() < 0.3:
            changes["errorCode"] = "AccessDenied"
        made.append(record(number, **changes))
    return made


RECORDS = made_records()


def principal_of(identity: dict[str, Any]) -> str:
    if identity["type"] == "AssumedRole":
        return str(identity["sessionContext"]["sessionIssuer"]["arn"])
    return str(identity.get("arn") or identity["invokedBy"])


VALUE_OF = {
    "principal": lambda one: principal_of(one["userIdentity"]),
    "credential": lambda one: one["userIdentity"].get("accessKeyId"),
    "ip": lambda one: one["sourceIPAddress"],
    "agent": lambda one: one["userAgent"],
    "resource": lambda one: one["resources"][0]["ARN"],
    "account": lambda one: one["recipientAccountId"],
    "region": lambda one: one["awsRegion"],
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("entities")
    path = folder / "e.case"
    with Case.create(path) as case:
        collect_files(case, [str(write_log_file(folder / "log.json.gz", RECORDS))], workers=0)
    return path


def counted(records: list[dict[str, Any]], kind: str) -> dict[str, tuple[object, ...]]:
    """For each entity: events, risky ok, risky failed, other ok, other failed, first, last."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in records:
        value = VALUE_OF[kind](one)
        if value is not None:
            groups[value].append(one)
    found: dict[str, tuple[object, ...]] = {}
    for value, members in groups.items():
        classes = Counter(
            (is_risky(one["eventSource"], one["eventName"]), "errorCode" in one) for one in members
        )
        times = [one["eventTime"] for one in members]
        found[value] = (
            len(members), classes[True, False], classes[True, True], classes[False, False],
            classes[False, True], min(times), max(times),
        )  # fmt: skip
    return found


@pytest.mark.parametrize("kind", ENTITY_KINDS)
@pytest.mark.parametrize("entity", [None, Entity("ip", "203.0.113.9"), Entity("agent", "a")])
def test_counts_are_those_of_the_records(filled: Path, kind: str, entity: Entity | None) -> None:
    from trailtui.model.times import format_utc

    records = [
        one for one in RECORDS if entity is None or VALUE_OF[entity.kind](one) == entity.value
    ]
    with Case.open(filled, readonly=True) as case:
        chosen = EventFilter(entities=(entity,)) if entity else None
        found = summarize_entities(case, kind, chosen, risky=is_risky)
    assert {
        one.entity.value: (
            one.events, one.risky_succeeded, one.risky_failed, one.other_succeeded,
            one.other_failed, format_utc(one.first_ms or 0), format_utc(one.last_ms or 0),
        )
        for one in found
    } == counted(records, kind)  # fmt: skip
    assert [one.events for one in found] == sorted((one.events for one in found), reverse=True)


@pytest.mark.parametrize("kind", ENTITY_KINDS)
def test_calls_are_those_of_the_records(filled: Path, kind: str) -> None:
    with Case.open(filled, readonly=True) as case:
        calls = calls_of_entities(case, kind, risky=is_risky)
        found = summarize_entities(case, kind, risky=is_risky)
    expected: Counter[tuple[str, str, str, bool]] = Counter()
    for one in RECORDS:
        if (value := VALUE_OF[kind](one)) is not None:
            expected[value, one["eventSource"], one["eventName"], "errorCode" in one] += 1

    def flat(value: str, of_one: list[Call]) -> Counter[tuple[str, str, str, bool]]:
        made: Counter[tuple[str, str, str, bool]] = Counter()
        for call in of_one:
            assert call.risky == is_risky(call.source, call.name)
            made[value, call.source, call.name, False] += call.succeeded
            made[value, call.source, call.name, True] += call.failed
        return made

    together: Counter[tuple[str, str, str, bool]] = Counter()
    for value, of_one in calls.items():
        together += flat(value, of_one)
        assert [call.risky for call in of_one] == sorted((c.risky for c in of_one), reverse=True)
    assert together == expected
    for one in found:  # what stands beside an entity is the risky part of all its calls
        assert list(one.risky_calls) == [call for call in calls[one.entity.value] if call.risky]


def test_sessions_stand_beneath_their_principal_and_add_up_to_it(filled: Path) -> None:
    with Case.open(filled, readonly=True) as case:
        principals = {
            one.entity.value: one for one in summarize_entities(case, "principal", risky=is_risky)
        }
        beneath = sessions_beneath(case, principals, risky=is_risky)
    assert beneath.keys() == principals.keys()
    for name, sessions in beneath.items():
        whole = principals[name]
        for field in ("events", "errors", "risky_succeeded", "risky_failed", "other_failed"):
            assert sum(getattr(one, field) for one in sessions) == getattr(whole, field)
        assert min(one.first_ms or 0 for one in sessions) == whole.first_ms
    (deploy,) = [sessions for name, sessions in beneath.items() if name.endswith("role/deploy")]
    assert {(one.name, one.credential) for one in deploy} == {
        ("job-1", "ASIAEXAMPLE0000DE1"), ("job-2", "ASIAEXAMPLE0000DE2"),
    }  # fmt: skip
    assert {one.mfa for one in deploy} == {False}
    assert all(one.began_ms for one in deploy)


def test_sessions_of_a_filter(filled: Path) -> None:
    with Case.open(filled, readonly=True) as case:
        credential = Entity("credential", "ASIAEXAMPLE0000DE1")
        chosen = EventFilter(entities=(credential,))
        (whole,) = summarize_entities(case, "principal", chosen)
        found = sessions_beneath(case, [whole.entity.value], chosen)
    ((one,),) = found.values()
    assert (one.credential, one.events) == (credential.value, whole.events)


def test_a_limit_keeps_those_with_the_most_events(filled: Path) -> None:
    with Case.open(filled, readonly=True) as case:
        for kind in ENTITY_KINDS:
            whole = summarize_entities(case, kind, risky=is_risky)
            assert summarize_entities(case, kind, limit=1, risky=is_risky) == whole[:1]


def test_without_a_judge_no_call_is_risky(filled: Path) -> None:
    with Case.open(filled, readonly=True) as case:
        for one in summarize_entities(case, "region"):
            assert (one.risky_succeeded, one.risky_failed, one.risky_calls) == (0, 0, ())
            assert one.errors == one.other_failed > 0


def test_no_such_kind(filled: Path) -> None:
    with Case.open(filled, readonly=True) as case:
        for ask in (summarize_entities, calls_of_entities):
            with pytest.raises(InputError, match="no kind of entity"):
                ask(case, "planet")
