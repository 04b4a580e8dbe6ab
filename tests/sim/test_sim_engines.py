"""Athena, CloudTrail Lake and Logs Insights over the account's records, asked through boto3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sim.corpus import Record, corpus
from tests.simulated import at_time, empty_account, trail
from trailtui.collect.athena_create import create_database, create_table
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.operations.lake import add_store

NOW = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
START = NOW - timedelta(hours=60)
REGIONS = ("us-east-1", "eu-west-1")
OUTPUT = "s3://results-of-queries/athena/"


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return corpus(1300, start=START, hours=48, regions=REGIONS, data_share=0.1)


@pytest.fixture(scope="module")
def account(records: list[Record]) -> Iterator[SimulatedAccount]:
    with empty_account(at=NOW) as made:
        root = made.actor(made.root)
        with at_time(made, START - timedelta(days=1)):
            root.client("logs").create_log_group(logGroupName="trail")
            root.client("s3").create_bucket(Bucket="results-of-queries")
            group = f"arn:aws:logs:us-east-1:{made.number}:log-group:trail:*"
        trail(
            made,
            bucket="trail-logs",
            since=START - timedelta(days=1),
            IsMultiRegionTrail=True,
            CloudWatchLogsLogGroupArn=group,
            CloudWatchLogsRoleArn=f"arn:aws:iam::{made.number}:role/logs",
        )
        made.adopt(records)
        made.deliver_to_bucket()
        with made.unrecorded():
            yield made


def _logged(records: list[Record]) -> list[Record]:
    """What a trail with AWS's default selectors delivers."""
    return [record for record in records if record["eventCategory"] == "Management"]


class Athena:
    def __init__(self, account: SimulatedAccount) -> None:
        self.client = account.actor(account.root).client("athena")
        self.account = account

    def run(self, text: str, **more: Any) -> tuple[dict[str, Any], str]:
        started = self.client.start_query_execution(
            QueryString=text,
            QueryExecutionContext={"Database": "cases"},
            ResultConfiguration={"OutputLocation": OUTPUT},
            **more,
        )["QueryExecutionId"]
        while True:
            told = self.client.get_query_execution(QueryExecutionId=started)["QueryExecution"]
            if told["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return told, started

    def rows(self, text: str, **more: Any) -> list[tuple[str | None, ...]]:
        told, query = self.run(text, **more)
        assert told["Status"]["State"] == "SUCCEEDED", told["Status"]
        found: list[tuple[str | None, ...]] = []
        token: dict[str, str] = {}
        while True:
            page = self.client.get_query_results(QueryExecutionId=query, **token)
            found += [
                tuple(cell.get("VarCharValue") for cell in row["Data"])
                for row in page["ResultSet"]["Rows"]
            ]
            assert len(page["ResultSet"]["Rows"]) <= 1000
            if "NextToken" not in page:
                return found[1:]
            token = {"NextToken": page["NextToken"]}

    def failure(self, text: str) -> str:
        told, _ = self.run(text)
        assert told["Status"]["State"] == "FAILED"
        return str(told["Status"]["StateChangeReason"])


@pytest.fixture(scope="module")
def athena(account: SimulatedAccount) -> Athena:
    made = Athena(account)
    made.run(create_database("cases"))
    location = "s3://trail-logs/AWSLogs/"
    told, _ = made.run(create_table("cases", "trail", location, REGIONS))
    assert told["Status"]["State"] == "SUCCEEDED", told["Status"]
    return made


def _of_account(account: SimulatedAccount) -> str:
    return f"account = '{account.number}'"


def test_athena_has_every_delivered_record_over_pages(
    account: SimulatedAccount, athena: Athena, records: list[Record]
) -> None:
    rows = athena.rows(f"SELECT eventid FROM trail WHERE {_of_account(account)}")
    assert len(rows) > 1000
    assert sorted(str(one) for (one,) in rows) == sorted(r["eventID"] for r in _logged(records))


def test_athena_prunes_partitions_and_says_what_it_read(
    account: SimulatedAccount, athena: Athena, records: list[Record]
) -> None:
    whole, _ = athena.run(f"SELECT count(*) FROM trail WHERE {_of_account(account)}")
    where = f"{_of_account(account)} AND region = 'eu-west-1' AND \"timestamp\" >= '2026/03/11'"
    part, _ = athena.run(f"SELECT count(*) FROM trail WHERE {where}")
    read = [one["Statistics"]["DataScannedInBytes"] for one in (whole, part)]
    assert read[0] > read[1] > 0
    counted = athena.rows(f"SELECT count(*) FROM trail WHERE {where}")
    expected = [
        r
        for r in _logged(records)
        if r["awsRegion"] == "eu-west-1" and r["eventTime"] >= "2026-03-11T00:05"
    ]
    assert int(str(counted[0][0])) >= len(expected) > 0


def test_athena_answers_in_columns_as_declared(
    account: SimulatedAccount, athena: Athena, records: list[Record]
) -> None:
    wanted = next(r for r in _logged(records) if r["requestParameters"])
    ((identity, parameters, read_only),) = athena.rows(
        "SELECT json_format(CAST(useridentity AS JSON)), requestparameters, readonly FROM trail "
        f"WHERE {_of_account(account)} AND eventid = ?",
        ExecutionParameters=[f"'{wanted['eventID']}'"],
    )
    said = {k: v for k, v in json.loads(str(identity)).items() if v is not None}
    assert said["type"] == wanted["userIdentity"]["type"]
    assert json.loads(str(parameters)) == wanted["requestParameters"]
    assert read_only == str(wanted["readOnly"]).lower()
    ((text,),) = athena.rows(
        f"SELECT useridentity FROM trail WHERE {_of_account(account)} "
        f"AND eventid = '{wanted['eventID']}'"
    )
    assert str(text).startswith(f"{{type={wanted['userIdentity']['type']}, principalid=")


def test_athena_fails_as_athena_does(account: SimulatedAccount, athena: Athena) -> None:
    assert "CONSTRAINT_VIOLATION" in athena.failure("SELECT count(*) FROM trail")
    assert "TABLE_NOT_FOUND" in athena.failure("SELECT * FROM nowhere")
    assert "SYNTAX_ERROR" in athena.failure("SELEC eventid FROM trail")
    assert "SYNTAX_ERROR" in athena.failure(
        f"SELECT no_such_column FROM trail WHERE {_of_account(account)}"
    )
    assert "already exists" in athena.failure(
        create_table("cases", "trail", "s3://trail-logs/AWSLogs/", REGIONS)
    )
    with pytest.raises(ClientError, match="No output location"):
        athena.client.start_query_execution(QueryString="SELECT 1")


def test_athena_gives_one_query_for_one_token_and_stops(athena: Athena) -> None:
    given = {
        "QueryString": "SELECT 1 FROM trail WHERE account = '1'",
        "QueryExecutionContext": {"Database": "cases"},
        "ResultConfiguration": {"OutputLocation": OUTPUT},
        "ClientRequestToken": "a" * 40,
    }
    first = athena.client.start_query_execution(**given)["QueryExecutionId"]
    assert athena.client.start_query_execution(**given)["QueryExecutionId"] == first
    athena.client.stop_query_execution(QueryExecutionId=first)
    told = athena.client.get_query_execution(QueryExecutionId=first)["QueryExecution"]
    assert told["Status"]["State"] == "CANCELLED"


def test_athena_reads_with_the_rights_of_the_caller(
    account: SimulatedAccount, athena: Athena
) -> None:
    root = account.actor(account.root)
    with account.unrecorded():
        iam = root.client("iam")
        iam.create_user(UserName="analyst")
        actions = ["athena:*", "glue:*", "s3:GetBucketLocation", "s3:PutObject", "s3:ListBucket"]
        document = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
        }
        iam.put_user_policy(
            UserName="analyst", PolicyName="some", PolicyDocument=json.dumps(document)
        )
        key = iam.create_access_key(UserName="analyst")["AccessKey"]["AccessKeyId"]
    poor = Athena(account)
    poor.client = account.actor(account.credential(key)).client("athena")
    assert "s3:GetObject" in poor.failure(f"SELECT 1 FROM trail WHERE {_of_account(account)}")


@pytest.fixture(scope="module")
def lake(account: SimulatedAccount) -> tuple[Any, str]:
    store = add_store(account.world)
    return account.actor(account.root).client("cloudtrail"), store.id


def _lake_rows(lake: Any, text: str) -> list[dict[str, str]]:
    query = lake.start_query(QueryStatement=text)["QueryId"]
    while (told := lake.describe_query(QueryId=query))["QueryStatus"] == "RUNNING":
        pass
    assert told["QueryStatus"] == "FINISHED", told
    assert told["QueryStatistics"]["BytesScanned"] > 0
    rows: list[dict[str, str]] = []
    token: dict[str, str] = {}
    while True:
        page = lake.get_query_results(QueryId=query, MaxQueryResults=1000, **token)
        for row in page["QueryResultRows"]:
            rows.append({name: value for cell in row for name, value in cell.items()})
        if "NextToken" not in page:
            return rows
        token = {"NextToken": page["NextToken"]}


def test_lake_holds_whole_records(lake: tuple[Any, str], records: list[Record]) -> None:
    client, store = lake
    rows = _lake_rows(client, f"SELECT eventJson FROM {store} WHERE eventTime >= '2026-03-01'")
    assert len(rows) == len(records)
    held = {json.loads(row["eventJson"])["eventID"]: json.loads(row["eventJson"]) for row in rows}
    assert held == {record["eventID"]: record for record in records}


def test_lake_knows_the_documented_columns(lake: tuple[Any, str], records: list[Record]) -> None:
    client, store = lake
    wanted = next(
        r for r in records if r["requestParameters"] and "sessionContext" in r["userIdentity"]
    )
    name, value = next(iter(wanted["requestParameters"].items()))
    (row,) = _lake_rows(
        client,
        "SELECT userIdentity.sessionContext.sessionIssuer.arn AS issuer, "
        f"element_at(requestParameters, '{name}') AS parameter, readOnly, eventTime "
        f"FROM {store} WHERE eventID = '{wanted['eventID']}'",
    )
    assert row["issuer"] == wanted["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"]
    given = row["parameter"]
    assert (given if isinstance(value, str) else json.loads(given)) == value
    assert row["readOnly"] == str(wanted["readOnly"]).lower()
    assert row["eventTime"] == f"{wanted['eventTime'].replace('T', ' ').rstrip('Z')}.000"


def test_lake_refuses(account: SimulatedAccount, lake: tuple[Any, str]) -> None:
    client, store = lake
    for text, code in (
        (f"DELETE FROM {store}", "InvalidQueryStatementException"),
        (f"SELECT 1 FROM {store} WHERE '{'x' * 10_000}' = ''", "Exception"),
        ("SELECT 1 FROM 00000000-0000-0000-0000-000000000000", "EventDataStoreNotFoundException"),
    ):
        with pytest.raises(ClientError, match=code):
            client.start_query(QueryStatement=text)
    with pytest.raises(ClientError, match="QueryIdNotFoundException"):
        client.describe_query(QueryId="00000000-0000-0000-0000-000000000000")
    with pytest.raises(ClientError, match="no longer open"):
        client.create_event_data_store(Name="new-one")
    account.world.engines.polls = 1000
    try:
        for _ in range(10):
            client.start_query(QueryStatement=f"SELECT 1 FROM {store}")
        with pytest.raises(ClientError, match="MaxConcurrentQueriesException"):
            client.start_query(QueryStatement=f"SELECT 1 FROM {store}")
    finally:
        account.world.engines.polls = 1
        account.world.engines.queries.clear()


def _insights(account: SimulatedAccount, text: str, **more: Any) -> dict[str, Any]:
    client = account.actor(account.root).client("logs")
    asked = {
        "logGroupName": "trail",
        "startTime": int(START.timestamp()),
        "endTime": int(NOW.timestamp()),
        "queryString": text,
        **more,
    }
    query = client.start_query(**asked)["queryId"]
    while (told := client.get_query_results(queryId=query))["status"] == "Running":
        pass
    return dict(told)


def _messages(told: dict[str, Any]) -> list[Record]:
    return [
        json.loads(cell["value"])
        for row in told["results"]
        for cell in row
        if cell["field"] == "@message"
    ]


def test_insights_gives_messages_newest_first_and_truncates_at_its_limit(
    account: SimulatedAccount, records: list[Record]
) -> None:
    told = _insights(account, "fields @timestamp, @message | sort @timestamp desc | limit 100")
    found = _messages(told)
    logged = _logged(records)
    assert [r["eventTime"] for r in found] == sorted(
        (r["eventTime"] for r in logged), reverse=True
    )[:100]
    assert told["statistics"]["recordsMatched"] == len(logged)
    assert told["status"] == "Complete"


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ('eventName = "GetObject"', lambda r: r["eventName"] == "GetObject"),
        ("awsRegion in ['eu-west-1', 'x']", lambda r: r["awsRegion"] == "eu-west-1"),
        ('@message like "AccessDenied"', lambda r: "AccessDenied" in json.dumps(r)),
        ("eventName like /^(Get|List)/", lambda r: r["eventName"].startswith(("Get", "List"))),
        ("ispresent(errorCode) and not (awsRegion = 'us-east-1')",
         lambda r: "errorCode" in r and r["awsRegion"] != "us-east-1"),
        ("userIdentity.type != 'Root'", lambda r: r["userIdentity"]["type"] != "Root"),
    ],
)  # fmt: skip
def test_insights_filters_really(
    account: SimulatedAccount, records: list[Record], text: str, test: Any
) -> None:
    told = _insights(account, f"fields @message | filter {text} | limit 10000")
    expected = sorted(r["eventID"] for r in _logged(records) if test(r))
    assert sorted(r["eventID"] for r in _messages(told)) == expected


def test_insights_counts_groups(account: SimulatedAccount, records: list[Record]) -> None:
    told = _insights(account, "stats count(*) as n by eventName | sort n desc")
    counted = {
        {c["field"]: c["value"] for c in row}["eventName"]: int(
            {c["field"]: c["value"] for c in row}["n"]
        )
        for row in told["results"]
    }
    names = [r["eventName"] for r in _logged(records)]
    assert counted == {name: names.count(name) for name in set(names)}


@pytest.mark.parametrize(
    "text", ["parse @message 'x'", "stats pct(x, 90)", "filter a ~ b", "limit 0"]
)
def test_insights_refuses_what_it_does_not_execute(account: SimulatedAccount, text: str) -> None:
    with pytest.raises(ClientError, match="MalformedQueryException"):
        _insights(account, text)
