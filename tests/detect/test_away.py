"""Where principals act from: impossible travel, instances' credentials, lists."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from tests.detect.enrich.maxmind import city, database, owner
from tests.records import ACCOUNT, START, record, role_session, write_log_file
from trailtui.case.detections import Found
from trailtui.case.events import by_ids
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.detect.behaviour.running import behaviour_rules
from trailtui.detect.behaviour.travel import kilometres
from trailtui.detect.enrich.geo import Place
from trailtui.detect.enrich.sources import given_source, keep_sources
from trailtui.detect.rules import run_rules

BERLIN, RECIFE, BONN, SEATTLE = "198.51.100.7", "203.0.113.9", "192.0.2.40", "192.0.2.200"
CITIES = {
    "198.51.100.0/24": city("DE", "Berlin", 52.5, 13.4),
    "203.0.113.0/24": city("BR", "Recife", -8.05, -34.9),
    "192.0.2.0/25": city("DE", "Bonn", 50.7, 7.1),
    "192.0.2.128/25": city("US", "Seattle", 47.6, -122.3),
}
OWNERS = {
    "198.51.100.0/24": owner(64500, "Home"), "203.0.113.0/24": owner(64501, "Elsewhere"),
    "192.0.2.128/25": owner(16509, "AMAZON-02"),
}  # fmt: skip
RANGES = {"prefixes": [{"ip_prefix": "192.0.2.128/25", "region": "us-west-2", "service": "EC2"}]}
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
INSTANCE = "i-0abc123def4567890"


def at(minutes: float, **changes: Any) -> dict[str, Any]:
    when = (START + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return record(crc32(repr((minutes, changes)).encode()) % 10**8, eventTime=when, **changes)


def give(case: Case, folder: Path, **files: bytes) -> None:
    made = []
    for kind, content in files.items():
        path = folder / f"{kind}.data"
        path.write_bytes(content)
        made.append(given_source(kind.replace("_", "-"), str(path))[0])
    keep_sources(case, made)


def found(case: Case, folder: Path, records: list[dict[str, Any]]) -> dict[str, Found]:
    collect_files(case, [str(write_log_file(folder / "log.json.gz", records))])
    rules = behaviour_rules(case)
    assert not rules.passed_over
    done = run_rules(case, rules)
    return {one.rule: one for _, one, _ in done.kept.states}


def ids(case: Case, one: Found) -> set[str]:
    return {row.event_id for row in by_ids(case, one.events)}


def cities(case: Case, folder: Path, **more: bytes) -> None:
    give(case, folder, geoip=database(CITIES), **more)


def test_a_key_and_a_console_session_on_two_continents(case: Case, tmp_path: Path) -> None:
    cities(case, tmp_path)
    session = {**record()["userIdentity"], "accessKeyId": "ASIAEXAMPLE000000002"}
    records = [
        at(0, sourceIPAddress=BERLIN), at(10, sourceIPAddress=BERLIN),
        at(70, sourceIPAddress=RECIFE, userIdentity=session),
        at(80, sourceIPAddress=RECIFE, userIdentity=session),
        at(90, sourceIPAddress=BERLIN),
    ]  # fmt: skip
    told = found(case, tmp_path, records)["impossible-travel"]
    assert told.about == ALICE
    assert told.attack
    assert told.next_step
    assert told.detail == (
        "DE Berlin (198.51.100.7), then BR Recife (203.0.113.9): 8,094 km in 60 min; 2 times in all"
    )
    assert ids(case, told) == {records[n]["eventID"] for n in (1, 2, 3, 4)}


@pytest.mark.parametrize(
    ("second", "minutes"),
    [
        (RECIFE, 600), (BONN, 1), ("s3.amazonaws.com", 1), ("AWS Internal", 1), ("10.1.2.3", 1),
        ("224.0.0.1", 1), ("not an address", 1),
    ],
)  # fmt: skip
def test_what_is_no_impossible_travel(
    case: Case, tmp_path: Path, second: str, minutes: int
) -> None:
    cities(case, tmp_path)
    records = [at(0, sourceIPAddress=BERLIN), at(minutes, sourceIPAddress=second)]
    assert not found(case, tmp_path, records)


@pytest.mark.parametrize("kind", ["asn", "aws_ranges"])
def test_an_address_of_aws_is_no_place_of_a_person(case: Case, tmp_path: Path, kind: str) -> None:
    content = {"asn": database(OWNERS, kind="X-ASN"), "aws_ranges": json.dumps(RANGES).encode()}
    records = [at(0, sourceIPAddress=BERLIN), at(1, sourceIPAddress=SEATTLE)]
    cities(case, tmp_path, **{kind: content[kind]})
    assert not found(case, tmp_path, records)


def test_without_an_asn_database_it_is_one(case: Case, tmp_path: Path) -> None:
    cities(case, tmp_path)
    records = [at(0, sourceIPAddress=BERLIN), at(1, sourceIPAddress=SEATTLE)]
    assert found(case, tmp_path, records).keys() == {"impossible-travel"}


def test_sessions_of_a_role_are_people_of_their_own(case: Case, tmp_path: Path) -> None:
    cities(case, tmp_path)
    ann, bob = role_session(session="ann"), role_session(session="bob", key="ASIAEXAMPLE00000002")
    records = [
        at(0, sourceIPAddress=BERLIN, userIdentity=ann),
        at(1, sourceIPAddress=RECIFE, userIdentity=bob),
    ]
    assert not found(case, tmp_path, records)
    more = [at(2, sourceIPAddress=RECIFE, userIdentity=ann)]
    told = found(case, tmp_path / "more", more)["impossible-travel"]
    assert told.about.endswith("role/deploy · ann")


def test_services_on_behalf_of_somebody_do_not_travel(case: Case, tmp_path: Path) -> None:
    cities(case, tmp_path)
    behalf = {**record()["userIdentity"], "invokedBy": "athena.amazonaws.com"}
    records = [
        at(0, sourceIPAddress=BERLIN), at(1, sourceIPAddress=RECIFE, userIdentity=behalf),
    ]  # fmt: skip
    assert not found(case, tmp_path, records)


def test_continents_alone_are_enough_within_an_hour(case: Case, tmp_path: Path) -> None:
    made = {
        "198.51.100.0/24": {"country": {"iso_code": "DE"}, "continent": {"code": "EU"}},
        "203.0.113.0/24": {"country": {"iso_code": "BR"}, "continent": {"code": "SA"}},
    }
    give(case, tmp_path, geoip=database(made, kind="GeoLite2-Country"))
    records = [at(0, sourceIPAddress=BERLIN), at(59, sourceIPAddress=RECIFE)]
    detail = found(case, tmp_path, records)["impossible-travel"].detail
    assert detail == "DE (198.51.100.7), then BR (203.0.113.9): another continent in 59 min"


def test_distances_leave_out_what_may_be_wrong() -> None:
    there = Place("", "", "", 0.0, 0.0, 100), Place("", "", "", 0.0, 90.0, 300)
    assert kilometres(*there) == pytest.approx(10_007.5 - 400, abs=1)
    assert kilometres(there[0], Place("", "", "", 0.0, 1.0, 100)) == 0
    assert kilometres(there[0], Place("DE")) is None


def instance(number: int = 1, name: str = INSTANCE, **context: Any) -> dict[str, Any]:
    made = role_session("app", name, f"ASIAEXAMPLE0000{number:04}")
    made["sessionContext"].update(context)
    return made


def test_credentials_of_an_instance_outside_aws(case: Case, tmp_path: Path) -> None:
    give(case, tmp_path, aws_ranges=json.dumps(RANGES).encode())
    role = instance(ec2RoleDelivery="1.0")
    records = [
        at(0, sourceIPAddress=SEATTLE, userIdentity=role),
        at(5, sourceIPAddress=RECIFE, userIdentity=role),
        at(6, sourceIPAddress="AWS Internal", userIdentity=role),
    ]
    told = found(case, tmp_path, records)
    assert told.keys() == {"instance-credentials-outside-aws"}
    one = told["instance-credentials-outside-aws"]
    assert one.severity == "high"
    assert one.about == f"arn:aws:iam::{ACCOUNT}:role/app · {INSTANCE}"
    assert ids(case, one) == {records[1]["eventID"]}
    assert one.detail == (
        "used at 203.0.113.9, which is not AWS's; otherwise used at 192.0.2.200; "
        "handed out by the metadata service, version 1.0"
    )


def test_an_asn_database_tells_it_too(case: Case, tmp_path: Path) -> None:
    give(case, tmp_path, asn=database(OWNERS, kind="X-ASN"))
    records = [at(5, sourceIPAddress=RECIFE, userIdentity=instance())]
    one = found(case, tmp_path, records)["instance-credentials-outside-aws"]
    assert one.detail == (
        "used at 203.0.113.9 (AS64501 Elsewhere), which is not AWS's; used nowhere else; "
        "no ec2RoleDelivery: the session may only be called like an instance's"
    )


@pytest.mark.parametrize("same", [True, False])
def test_a_second_address_beside_the_first(case: Case, tmp_path: Path, same: bool) -> None:
    first, second = instance(1), instance(1 if same else 2)
    records = [
        at(0, sourceIPAddress=SEATTLE, userIdentity=first),
        at(5, sourceIPAddress=RECIFE, userIdentity=second),
        at(9, sourceIPAddress=RECIFE if same else SEATTLE, userIdentity=second),
    ]
    told = found(case, tmp_path, records)
    assert told.keys() == {"instance-credentials-elsewhere"}
    expected = {records[1]["eventID"]} | ({records[2]["eventID"]} if same else set())
    assert ids(case, told["instance-credentials-elsewhere"]) == expected


def test_an_instance_that_was_started_anew_is_not_away(case: Case, tmp_path: Path) -> None:
    records = [
        at(0, sourceIPAddress=SEATTLE, userIdentity=instance(1)),
        at(5, sourceIPAddress=RECIFE, userIdentity=instance(2)),
        at(9, sourceIPAddress=RECIFE, userIdentity=instance(3)),
    ]
    assert not found(case, tmp_path, records)


def test_a_pool_of_addresses_is_nothing(case: Case, tmp_path: Path) -> None:
    records = [
        at(n, sourceIPAddress=f"203.0.{n}.1", userIdentity=instance()) for n in range(100, 108)
    ]
    assert not found(case, tmp_path, records)


def through(endpoint: str, account: str = ACCOUNT, **more: Any) -> dict[str, Any]:
    return {"vpcEndpointId": endpoint, "vpcEndpointAccountId": account,
            "sourceIPAddress": "10.0.0.9", "userIdentity": instance(), **more}  # fmt: skip


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (through("vpce-2", userIdentity=instance(2)), "through vpce-2 beside vpce-1"),
        (through("vpce-9", "999988887777", eventSource="s3.amazonaws.com"),
         "through vpce-9 of account 999988887777"),
        (through("vpce-1", sourceIPAddress="10.0.0.8"), "used at 10.0.0.8 beside 10.0.0.9"),
    ],
)  # fmt: skip
def test_another_endpoint_or_private_address(
    case: Case, tmp_path: Path, second: dict[str, Any], told: str
) -> None:
    records = [at(0, **through("vpce-1")), at(5, **second), at(6, **through("vpce-1"))]
    one = found(case, tmp_path, records)["instance-credentials-elsewhere"]
    assert told in one.detail
    assert records[1]["eventID"] in ids(case, one)


def test_endpoints_of_a_network_for_all_are_nothing(case: Case, tmp_path: Path) -> None:
    records = [
        at(n, **{**through("vpce-1", "999988887777"), "userIdentity": instance(n, f"i-0000000{n}")})
        for n in range(1, 4)
    ]
    assert not found(case, tmp_path, records)
    other = [at(5, **{**through("vpce-7", "999988887776"), "userIdentity": instance(4)})]
    assert found(case, tmp_path / "more", other).keys() == {"instance-credentials-elsewhere"}


def test_other_roles_are_no_instances(case: Case, tmp_path: Path) -> None:
    give(case, tmp_path, aws_ranges=json.dumps(RANGES).encode())
    records = [
        at(n, sourceIPAddress=ip, userIdentity=role_session(session=name))
        for n, (ip, name) in enumerate(
            [(SEATTLE, "i-am-bob"), (RECIFE, "i-am-bob"), (RECIFE, "i-0abc123def456789g")]
        )
    ]
    assert not found(case, tmp_path, records)


def test_what_a_list_names_is_found_with_its_events(case: Case, tmp_path: Path) -> None:
    give(case, tmp_path, list=b"203.0.113.0/24 # exits\nevil.test\n")
    records = [
        at(0, sourceIPAddress=BERLIN), at(1, sourceIPAddress=RECIFE),
        at(2, sourceIPAddress="203.0.113.77"), at(3, userAgent="x/1 (+http://a.EVIL.test/bot)"),
        at(4, sourceIPAddress="b.evil.test"), at(5, sourceIPAddress="notevil.test"),
    ]  # fmt: skip
    collect_files(case, [str(write_log_file(tmp_path / "log.json.gz", records))])
    states = run_rules(case, behaviour_rules(case)).kept.states
    told = {one.about: one for _, one, _ in states if one.rule == "on-the-list-list.data"}
    assert told.keys() == {"203.0.113.0/24", "evil.test"}
    assert told["203.0.113.0/24"].detail == "exits; 2 events of 1 principals"
    assert ids(case, told["203.0.113.0/24"]) == {records[n]["eventID"] for n in (1, 2)}
    assert ids(case, told["evil.test"]) == {records[n]["eventID"] for n in (3, 4)}
    assert told["evil.test"].severity == "high"
    assert told["evil.test"].origin == str(tmp_path / "list.data")
    again = run_rules(case, behaviour_rules(case)).kept
    assert again.count("new") == again.count("grown") == 0


def test_networks_are_by_their_owner_where_that_is_known(case: Case, tmp_path: Path) -> None:
    made = {**OWNERS, "198.51.0.0/16": owner(64500, "Home")}
    give(case, tmp_path, asn=database(made, kind="X-ASN"))
    usual = [
        at(60 * hour + call, sourceIPAddress=f"198.51.{hour}.1")
        for hour in range(40)
        for call in range(3)
    ]
    assert not found(case, tmp_path, usual)
    later = [at(60 * 41, sourceIPAddress=RECIFE)]
    told = found(case, tmp_path / "later", later)
    assert told["first-use-of-a-network"].detail == "new network: AS64501 Elsewhere"


def test_a_file_that_is_gone_or_changed_is_told(case: Case, tmp_path: Path) -> None:
    give(case, tmp_path, list=b"203.0.113.0/24\n", geoip=database(CITIES))
    (tmp_path / "list.data").write_text("203.0.113.0/25\n")
    (tmp_path / "geoip.data").unlink()
    told = behaviour_rules(case).passed_over
    assert len(told) == 2
    assert "list.data: this is another file than the one that was given" in told[0]
    assert "geoip.data: there is no such file" in told[1]
