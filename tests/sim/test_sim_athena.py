"""Athena as it is called: the official table, partitions, what is read, pages, files, Glue."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sim.corpus import Record, corpus
from tests.sim.laboratory import outcome
from tests.simulated import at_time, empty_account, trail
from trailtui.sim.account import SimulatedAccount

NOW = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
START = NOW - timedelta(hours=60)
REGIONS = ("us-east-1", "eu-west-1")

# The columns of the user guide ("Create the table for CloudTrail logs in Athena using partition
# projection"), written down here anew.
COLUMNS = """
  eventversion STRING,
  useridentity STRUCT<
    type: STRING, principalid: STRING, arn: STRING, accountid: STRING, invokedby: STRING,
    accesskeyid: STRING, username: STRING,
    onbehalfof: STRUCT<userid: STRING, identitystorearn: STRING>,
    sessioncontext: STRUCT<
      attributes: STRUCT<mfaauthenticated: STRING, creationdate: STRING>,
      sessionissuer: STRUCT<type: STRING, principalid: STRING, arn: STRING, accountid: STRING,
        username: STRING>,
      ec2roledelivery: STRING,
      webidfederationdata: STRUCT<federatedprovider: STRING, attributes: MAP<STRING, STRING>>>>,
  eventtime STRING, eventsource STRING, eventname STRING, awsregion STRING,
  sourceipaddress STRING, useragent STRING, errorcode STRING, errormessage STRING,
  requestparameters STRING, responseelements STRING, additionaleventdata STRING,
  requestid STRING, eventid STRING, readonly STRING,
  resources ARRAY<STRUCT<arn: STRING, accountid: STRING, type: STRING>>,
  eventtype STRING, apiversion STRING, recipientaccountid STRING, serviceeventdetails STRING,
  sharedeventid STRING, vpcendpointid STRING, vpcendpointaccountid STRING, eventcategory STRING,
  addendum STRUCT<reason: STRING, updatedfields: STRING, originalrequestid: STRING,
    originaleventid: STRING>,
  sessioncredentialfromconsole STRING, edgedevicedetails STRING,
  tlsdetails STRUCT<tlsversion: STRING, ciphersuite: STRING, clientprovidedhostheader: STRING>
"""
FORMATS = """
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
"""
DAYS = (
    "'projection.timestamp.type'='date', 'projection.timestamp.format'='yyyy/MM/dd', "
    "'projection.timestamp.interval'='1', 'projection.timestamp.interval.unit'='DAYS', "
    "'projection.timestamp.range'='2020/01/01,NOW', "
)
ROOT = "s3://trail-logs/AWSLogs"


def projected(name: str, account: str, days: str = DAYS) -> str:
    """A table over account, Region and day."""
    return (
        f"CREATE EXTERNAL TABLE {name} ({COLUMNS})\n"
        f"PARTITIONED BY (account string, region string, `timestamp` string) {FORMATS}"
        f"LOCATION '{ROOT}/' TBLPROPERTIES ('projection.enabled'='true', {account}"
        "'projection.region.type'='enum', 'projection.region.values'='us-east-1,eu-west-1', "
        f"{days}'storage.location.template'='{ROOT}/${{account}}/CloudTrail/${{region}}/"
        "${timestamp}')"
    )


class Asking:
    """Queries with the rights of root, in the database `logs`."""

    def __init__(self, account: SimulatedAccount) -> None:
        self.account = account
        self.client = account.actor(account.root).client("athena")
        self.where = f"account = '{account.number}'"

    def start(self, text: str, **more: Any) -> str:
        asked: dict[str, Any] = {
            "QueryString": text,
            "QueryExecutionContext": {"Database": "logs"},
            "ResultConfiguration": {"OutputLocation": "s3://results/here"},
            **more,
        }
        return str(self.client.start_query_execution(**asked)["QueryExecutionId"])

    def standing(self, query: str) -> dict[str, Any]:
        return dict(self.client.get_query_execution(QueryExecutionId=query)["QueryExecution"])

    def run(self, text: str, **more: Any) -> dict[str, Any]:
        query = self.start(text, **more)
        while (told := self.standing(query))["Status"]["State"] in ("QUEUED", "RUNNING"):
            pass
        return told

    def rows(self, text: str, **more: Any) -> list[list[str | None]]:
        told = self.run(text, **more)
        assert told["Status"]["State"] == "SUCCEEDED", told["Status"]
        pages = self.client.get_paginator("get_query_results").paginate(
            QueryExecutionId=told["QueryExecutionId"]
        )
        found = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
        return [[cell.get("VarCharValue") for cell in row] for row in found[1:]]

    def why(self, text: str, **more: Any) -> str:
        told = self.run(text, **more)
        assert told["Status"]["State"] == "FAILED", told["Status"]
        return str(told["Status"]["StateChangeReason"])


@pytest.fixture(scope="module")
def records() -> list[Record]:
    made = corpus(1400, seed=11, start=START, hours=48, regions=REGIONS, data_share=0.1)
    return [record for record in made if record["eventCategory"] == "Management"]


@pytest.fixture(scope="module")
def asking(records: list[Record]) -> Iterator[Asking]:
    with empty_account(seed=11, at=NOW) as account:
        since = START - timedelta(days=1)
        with at_time(account, since):
            account.actor(account.root).client("s3").create_bucket(Bucket="results")
        trail(account, bucket="trail-logs", since=since, IsMultiRegionTrail=True)
        account.adopt(records)
        account.deliver_to_bucket()
        with account.unrecorded():
            made = Asking(account)
            made.run("CREATE DATABASE IF NOT EXISTS logs")
            for name, kind in (
                ("injected", "'projection.account.type'='injected', "),
                ("listed", f"'projection.account.type'='enum', "
                           f"'projection.account.values'='{account.number}', "),
            ):  # fmt: skip
                told = made.run(projected(name, kind))
                assert told["Status"]["State"] == "SUCCEEDED", told["Status"]
            yield made


def _delivered(account: SimulatedAccount) -> list[tuple[str, int]]:
    """Key and size of every log file."""
    client = account.actor(account.root).client("s3")
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket="trail-logs", Prefix=f"AWSLogs/{account.number}/CloudTrail/"
    )
    return [(one["Key"], one["Size"]) for page in pages for one in page.get("Contents", [])]


def test_each_partition_reads_just_its_files(asking: Asking) -> None:
    files = _delivered(asking.account)
    for table in ("injected", "listed"):
        for condition, within in (
            (asking.where, ""),
            (f"{asking.where} AND region = 'eu-west-1'", "/eu-west-1/"),
            (f"{asking.where} AND region IN ('eu-west-1') AND timestamp = '2026/03/11'",
             "/eu-west-1/2026/03/11/"),
            (f"timestamp BETWEEN '2026/03/11' AND '2026/03/11' AND {asking.where}",
             "/2026/03/11/"),
            (f"{asking.where} AND timestamp > '2027/01/01'", "/2027/"),
            (f"{asking.where} AND (region = 'x' OR eventname = 'x')", ""),
        ):  # fmt: skip
            told = asking.run(f"SELECT count(*) FROM {table} WHERE {condition}")
            read = told["Statistics"]["DataScannedInBytes"]
            assert read == sum(size for key, size in files if within in key), condition


def test_without_a_predicate_everything_is_read_or_nothing_runs(
    asking: Asking, records: list[Record]
) -> None:
    assert asking.rows("SELECT count(*) FROM listed") == [[str(len(records))]]
    for condition in ("", "WHERE account LIKE '1%'", "WHERE account = recipientaccountid",
                      f"WHERE {asking.where} OR region = 'x'"):  # fmt: skip
        assert "CONSTRAINT_VIOLATION" in asking.why(f"SELECT count(*) FROM injected {condition}")


def test_two_mentions_of_a_table_are_pruned_apart(asking: Asking, records: list[Record]) -> None:
    count = "SELECT count(*), (SELECT count(*) FROM listed) FROM listed WHERE region = 'eu-west-1'"
    here = [record for record in records if record["awsRegion"] == "eu-west-1"]
    assert asking.rows(count) == [[str(len(here)), str(len(records))]]
    shadowed = "SELECT count(*) FROM (SELECT eventname AS region FROM listed) WHERE region = 'x'"
    assert asking.rows(shadowed) == [["0"]]
    joined = (
        "SELECT count(*) FROM listed a LEFT JOIN listed b ON a.eventid = b.eventid "
        "AND b.awsregion = 'eu-west-1' WHERE b.region IS NULL"
    )
    assert asking.rows(joined) == [[str(len(records) - len(here))]]


def test_what_lies_outside_the_projection_is_not_there(asking: Asking) -> None:
    narrow = DAYS.replace("2020/01/01,NOW", "2026/03/11,NOW")
    asking.run(projected("narrow", "'projection.account.type'='injected', ", narrow))
    whole, part = (
        asking.rows(f"SELECT count(*), min(timestamp) FROM {name} WHERE {asking.where}")[0]
        for name in ("injected", "narrow")
    )
    assert int(str(whole[0])) > int(str(part[0])) > 0
    assert (whole[1], part[1]) == ("2026/03/10", "2026/03/11")


def test_a_table_without_partitions(asking: Asking, records: list[Record]) -> None:
    location = f"{ROOT}/{asking.account.number}/CloudTrail/eu-west-1/"
    asking.run(f"CREATE EXTERNAL TABLE plain ({COLUMNS}) {FORMATS} LOCATION '{location}'")
    here = [record for record in records if record["awsRegion"] == "eu-west-1"]
    assert asking.rows("SELECT count(*) FROM plain") == [[str(len(here))]]


def test_a_partition_that_nobody_added_is_not_read(asking: Asking) -> None:
    asking.run(f"CREATE EXTERNAL TABLE manual ({COLUMNS}) PARTITIONED BY (region string) "
               f"{FORMATS} LOCATION '{ROOT}/{asking.account.number}/CloudTrail/'")  # fmt: skip
    assert asking.rows("SELECT count(*) FROM manual") == [["0"]]


def test_the_shapes_of_the_user_guides_samples(asking: Asking, records: list[Record]) -> None:
    session = [r for r in records if "sessionContext" in r["userIdentity"]]
    issuer = session[0]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"]
    of_issuer = [
        r for r in session
        if r["userIdentity"]["sessionContext"].get("sessionIssuer", {}).get("arn") == issuer
    ]  # fmt: skip
    assert asking.rows(
        "SELECT DISTINCT useridentity.sessioncontext.sessionissuer.arn, count(*) AS calls "
        f"FROM injected WHERE {asking.where} AND useridentity.sessioncontext.sessionissuer.arn = ? "
        "GROUP BY 1",
        ExecutionParameters=[f"'{issuer}'"],
    ) == [[issuer, str(len(of_issuer))]]
    named = [r for r in records if (r["requestParameters"] or {}).get("bucketName")]
    wanted = named[0]["requestParameters"]["bucketName"]
    assert asking.rows(
        f"SELECT count(*) FROM injected WHERE {asking.where} "
        "AND json_extract_scalar(requestparameters, '$.bucketName') = ?",
        ExecutionParameters=[f"'{wanted}'"],
    ) == [[str(sum(r["requestParameters"]["bucketName"] == wanted for r in named))]]
    late = [r for r in records if r["eventTime"] >= "2026-03-11T06:00:00Z" and "errorCode" in r]
    assert asking.rows(
        f"SELECT eventid, eventtime, readonly FROM injected WHERE {asking.where} AND eventtime >= "
        "'2026-03-11T06:00:00Z' AND errorcode IS NOT NULL ORDER BY eventtime DESC, eventid"
    ) == [
        [r["eventID"], r["eventTime"], str(r["readOnly"]).lower()]
        for r in sorted(
            sorted(late, key=lambda r: str(r["eventID"])),
            key=lambda r: str(r["eventTime"]), reverse=True,
        )
    ]  # fmt: skip


def test_pages_begin_with_the_names_once(asking: Asking, records: list[Record]) -> None:
    told = asking.run(f"SELECT eventid AS EventId FROM injected WHERE {asking.where}")
    query = told["QueryExecutionId"]
    first = asking.client.get_query_results(QueryExecutionId=query)
    assert first["ResultSet"]["Rows"][0]["Data"] == [{"VarCharValue": "eventid"}]
    assert len(first["ResultSet"]["Rows"]) == 1000
    (info,) = first["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert (info["Name"], info["Type"]) == ("eventid", "varchar")
    second = asking.client.get_query_results(QueryExecutionId=query, NextToken=first["NextToken"])
    assert len(second["ResultSet"]["Rows"]) == len(records) + 1 - 1000
    assert "NextToken" not in second
    other = asking.run("SELECT count(*) FROM listed")["QueryExecutionId"]
    for token in ({"NextToken": first["NextToken"]}, {"NextToken": "nonsense"}):
        refused = outcome(asking.client.get_query_results, QueryExecutionId=other, **token)
        assert refused == "InvalidRequestException"


def test_the_result_lies_in_the_bucket(asking: Asking) -> None:
    told = asking.run("SELECT errorcode, '\"quoted\", ' AS x, count(*) FROM listed GROUP BY 1 "
                      "ORDER BY 1 LIMIT 3")  # fmt: skip
    location = f"s3://results/here/{told['QueryExecutionId']}.csv"
    assert told["ResultConfiguration"]["OutputLocation"] == location
    s3 = asking.account.actor(asking.account.root).client("s3")
    key = location.removeprefix("s3://results/")
    body = s3.get_object(Bucket="results", Key=key)["Body"].read().decode()
    rows = list(csv.reader(io.StringIO(body)))
    assert rows[0] == ["errorcode", "x", "_col2"]
    assert rows[1:] == [
        ["" if cell is None else cell for cell in row]
        for row in asking.rows(told["Query"])
    ]  # fmt: skip
    assert s3.head_object(Bucket="results", Key=f"{key}.metadata")["ContentLength"] > 0


def test_states_over_polls(asking: Asking) -> None:
    engines = asking.account.world.engines
    seen: dict[int, list[str]] = {}
    for polls in (0, 1, 3):
        engines.polls = polls
        try:
            query = asking.start("SELECT count(*) FROM listed")
            refused = outcome(asking.client.get_query_results, QueryExecutionId=query)
            assert refused == ("allowed" if polls == 0 else "InvalidRequestException")
            seen[polls] = [asking.standing(query)["Status"]["State"] for _ in range(4)]
        finally:
            engines.polls = 1
    assert seen[0] == ["SUCCEEDED"] * 4
    assert seen[1][-1] == seen[3][-1] == "SUCCEEDED"
    assert seen[3][:2] == ["QUEUED", "RUNNING"]


def test_a_stopped_query_gives_and_writes_nothing(asking: Asking) -> None:
    asking.account.world.engines.polls = 3
    try:
        query = asking.start("SELECT count(*) FROM listed")
        asking.client.stop_query_execution(QueryExecutionId=query)
    finally:
        asking.account.world.engines.polls = 1
    told = asking.standing(query)
    assert told["Status"]["State"] == "CANCELLED"
    assert outcome(asking.client.get_query_results, QueryExecutionId=query) != "allowed"
    s3 = asking.account.actor(asking.account.root).client("s3")
    assert outcome(s3.head_object, Bucket="results", Key=f"here/{query}.csv") == "404"


def test_parameters_are_constants(asking: Asking) -> None:
    text = "SELECT count(*) FROM listed WHERE region = ?"
    assert asking.rows(text, ExecutionParameters=["'nowhere'"]) == [["0"]]
    assert asking.rows(text, ExecutionParameters=["'x'' OR ''1''=''1'"]) == [["0"]]
    for wrong in (["eu-west-1"], ["'a'", "'b'"], ["(SELECT 'x')"], ["'a' OR 1 = 1)"]):
        assert "SYNTAX_ERROR" in asking.why(text, ExecutionParameters=wrong)
    assert "SYNTAX_ERROR" in asking.why(text)


def test_glue_has_what_the_ddl_made(asking: Asking) -> None:
    glue = asking.account.actor(asking.account.root).client("glue")
    assert glue.get_database(Name="logs")["Database"]["Name"] == "logs"
    table = glue.get_table(DatabaseName="logs", Name="injected")["Table"]
    columns = {one["Name"]: one["Type"] for one in table["StorageDescriptor"]["Columns"]}
    assert columns["resources"] == "array<struct<arn:string,accountid:string,type:string>>"
    assert [one["Name"] for one in table["PartitionKeys"]] == ["account", "region", "timestamp"]
    told = asking.client.get_table_metadata(
        CatalogName="AwsDataCatalog", DatabaseName="logs", TableName="injected"
    )["TableMetadata"]
    assert {one["Name"]: one["Type"] for one in told["Columns"]} == columns
    assert told["Parameters"]["projection.account.type"] == "injected"
    listed = {one["Name"] for one in glue.get_tables(DatabaseName="logs")["TableList"]}
    shown = asking.run("SHOW TABLES IN logs")
    page = asking.client.get_query_results(QueryExecutionId=shown["QueryExecutionId"])
    names = {row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]}
    assert names == listed
    asking.run("DROP TABLE IF EXISTS narrow")
    assert "not found" in asking.why("DROP TABLE narrow")
    assert outcome(glue.get_table, DatabaseName="logs", Name="narrow") == "EntityNotFoundException"


def test_what_is_wrong_is_told(asking: Asking) -> None:
    for text, why in (
        ("SELECT nope FROM listed", "SYNTAX_ERROR"),
        ("SELECT eventid FROM listed WHERE readonly = true", "TYPE_MISMATCH"),
        ("SELECT * FROM nowhere", "TABLE_NOT_FOUND"),
        ("SELECT * FROM other.listed", "TABLE_NOT_FOUND"),
        ("SELECT * FROM read_csv('/etc/passwd')", "NOT_SUPPORTED"),
        ("SELECT 1; SELECT 2", "SYNTAX_ERROR"),
        ("INSERT INTO listed VALUES (1)", "NOT_SUPPORTED"),
        ("MSCK REPAIR TABLE listed", "NOT_SUPPORTED"),
        ("CREATE DATABASE logs", "already exists"),
        ("CREATE TABLE x AS SELECT 1 AS a", "NOT_SUPPORTED"),
        (f"CREATE EXTERNAL TABLE other.t ({COLUMNS}) {FORMATS} LOCATION '{ROOT}/'",
         "Database does not exist"),
    ):  # fmt: skip
        assert why in asking.why(text), text
    elsewhere = {"OutputLocation": "s3://no-such-bucket/"}
    assert "bucket does not exist" in asking.why("SELECT 1", ResultConfiguration=elsewhere)
    start = asking.client.start_query_execution
    assert outcome(start, QueryString="SELECT 1") == "InvalidRequestException"
    assert outcome(start, QueryString="SELECT 1", WorkGroup="x") == "InvalidRequestException"


def test_a_work_group_says_where_results_go(asking: Asking) -> None:
    asking.client.create_work_group(
        Name="team",
        Configuration={"ResultConfiguration": {"OutputLocation": "s3://results/team/"}},
    )
    query = asking.client.start_query_execution(
        QueryString="SELECT count(*) FROM logs.listed", WorkGroup="team"
    )["QueryExecutionId"]
    told = asking.standing(query)
    assert told["ResultConfiguration"]["OutputLocation"] == f"s3://results/team/{query}.csv"
    listed = asking.client.list_query_executions(WorkGroup="team")["QueryExecutionIds"]
    assert listed == [query]
