"""Queries run with exactly the rights that a policy gives, and fail without one of them."""

from __future__ import annotations

import gzip
import json
from typing import Any

from botocore.exceptions import ClientError

from tests.sim.laboratory import Laboratory, outcome, policy, statement
from tests.sim.test_sim_athena import projected
from trailtui.sim.operations.lake import add_store


def test_logs_insights_needs_its_group(lab: Laboratory) -> None:
    lab.root.client("logs").create_log_group(logGroupName="trail")
    lab.root.client("logs").create_log_group(logGroupName="other")
    base = f"arn:aws:logs:us-east-1:{lab.account.number}:log-group:"
    may_start = statement(action="logs:StartQuery", resource=f"{base}trail:*")
    may_read = statement(action=["logs:GetQueryResults", "logs:StopQuery"])
    reader = lab.user("reader", policy(may_start, may_read)).client("logs")
    asked = {"startTime": 0, "endTime": 1, "queryString": "fields @message"}
    query = reader.start_query(logGroupName="trail", **asked)["queryId"]
    assert outcome(reader.get_query_results, queryId=query) == "allowed"
    assert outcome(reader.start_query, logGroupName="other", **asked) == "AccessDeniedException"
    assert outcome(
        reader.start_query, logGroupNames=["trail", "other"], **asked
    ) == "AccessDeniedException"  # fmt: skip
    assert outcome(reader.describe_queries) == "AccessDeniedException"


def _lake_user(lab: Laboratory, *stores: str) -> Any:
    base = f"arn:aws:cloudtrail:us-east-1:{lab.account.number}:eventdatastore/"
    actions = ["cloudtrail:StartQuery", "cloudtrail:DescribeQuery", "cloudtrail:GetQueryResults"]
    allowed = statement(action=actions, resource=[f"{base}{one}" for one in stores])
    return lab.user("lake", policy(allowed)).client("cloudtrail")


def test_lake_needs_its_store(lab: Laboratory) -> None:
    own, other = add_store(lab.account.world).id, add_store(lab.account.world).id
    user = _lake_user(lab, own)
    text = "SELECT eventID FROM {}"
    query = user.start_query(QueryStatement=text.format(own))["QueryId"]
    assert outcome(user.describe_query, QueryId=query) == "allowed"
    assert outcome(user.get_query_results, QueryId=query) == "allowed"
    assert outcome(user.cancel_query, QueryId=query) == "AccessDeniedException"
    refused = outcome(user.start_query, QueryStatement=text.format(other))
    assert refused == "AccessDeniedException"
    joined = f"SELECT a.eventID FROM {own} a JOIN {other} b ON a.eventID = b.eventID"
    assert outcome(user.start_query, QueryStatement=joined) == "AccessDeniedException"
    quoted = f"SELECT '{other}' AS x FROM {own}"
    assert outcome(user.start_query, QueryStatement=quoted) == "allowed"


ATHENA = {
    "athena:StartQueryExecution": "arn:aws:athena:us-east-1:{account}:workgroup/primary",
    "athena:GetQueryExecution": "arn:aws:athena:us-east-1:{account}:workgroup/primary",
    "athena:GetQueryResults": "arn:aws:athena:us-east-1:{account}:workgroup/primary",
    "glue:GetTable": "arn:aws:glue:us-east-1:{account}:*",
    "glue:GetDatabase": "arn:aws:glue:us-east-1:{account}:*",
    "glue:GetPartitions": "arn:aws:glue:us-east-1:{account}:*",
    "s3:GetObject": "arn:aws:s3:::*/*",
    "s3:ListBucket": "arn:aws:s3:::trail-logs",
    "s3:GetBucketLocation": "arn:aws:s3:::results",
    "s3:PutObject": "arn:aws:s3:::results/*",
}


def _athena_outcome(client: Any) -> str:
    """ "allowed", the refusal of a call, or why the query failed."""
    try:
        query = client.start_query_execution(
            QueryString="SELECT count(*) FROM listed",
            ResultConfiguration={"OutputLocation": "s3://results/x/"},
        )["QueryExecutionId"]
        for _ in range(3):
            told = client.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        if told["State"] == "FAILED":
            return str(told["StateChangeReason"])
        client.get_query_results(QueryExecutionId=query)
    except ClientError as error:
        return str(error.response["Error"]["Message"])
    return "allowed"


def test_athena_needs_each_right_of_its_caller(lab: Laboratory) -> None:
    number = lab.account.number
    s3 = lab.root.client("s3")
    for name in ("trail-logs", "results"):
        s3.create_bucket(Bucket=name)
    body = gzip.compress(json.dumps({"Records": []}).encode())
    key = f"AWSLogs/{number}/CloudTrail/us-east-1/2026/03/10/x.json.gz"
    s3.put_object(Bucket="trail-logs", Key=key, Body=body)
    root = lab.root.client("athena")
    listed = projected(
        "listed", f"'projection.account.type'='enum', 'projection.account.values'='{number}', "
    )
    root.start_query_execution(
        QueryString=listed, ResultConfiguration={"OutputLocation": "s3://results/"}
    )
    lab.iam.create_user(UserName="analyst")
    made = lab.iam.create_access_key(UserName="analyst")["AccessKey"]["AccessKeyId"]
    analyst = lab.account.actor(lab.account.credential(made)).client("athena")

    def give(rights: dict[str, str], *more: dict[str, Any]) -> str:
        allowed = [
            statement(action=action, resource=resource.format(account=number))
            for action, resource in rights.items()
        ]
        lab.iam.put_user_policy(
            UserName="analyst", PolicyName="p", PolicyDocument=policy(*allowed, *more)
        )
        return _athena_outcome(analyst)

    assert give(ATHENA) == "allowed"
    for action in ATHENA:
        left = {name: resource for name, resource in ATHENA.items() if name != action}
        assert action in give(left), action
    through = {"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}
    rest = {name: one for name, one in ATHENA.items() if not name.startswith("s3:")}
    only_through = statement(action="s3:*", condition=through)
    assert give(rest, only_through) == "allowed"
    denied = statement("Deny", "s3:GetObject", "arn:aws:s3:::trail-logs/*")
    document = policy({**denied, "Principal": {"AWS": f"arn:aws:iam::{number}:user/analyst"}})
    s3.put_bucket_policy(Bucket="trail-logs", Policy=document)
    assert "s3:GetObject" in give(ATHENA)


def test_athena_needs_the_work_group_of_a_query(lab: Laboratory) -> None:
    lab.root.client("s3").create_bucket(Bucket="results")
    root = lab.root.client("athena")
    place = {"ResultConfiguration": {"OutputLocation": "s3://results/"}}
    root.create_work_group(Name="team", Configuration=place)
    arn = f"arn:aws:athena:us-east-1:{lab.account.number}:workgroup/team"
    user = lab.user(
        "user", policy(statement(action="athena:*", resource=arn), statement(action="s3:*"))
    ).client("athena")
    query = user.start_query_execution(QueryString="SHOW DATABASES", WorkGroup="team")
    assert outcome(user.get_query_execution, **_id(query)) == "allowed"
    refused = outcome(user.start_query_execution, QueryString="SHOW DATABASES", **place)
    assert refused == "AccessDeniedException"
    other = root.start_query_execution(QueryString="SHOW DATABASES", **place)
    assert outcome(user.get_query_execution, **_id(other)) == "AccessDeniedException"


def _id(started: dict[str, Any]) -> dict[str, str]:
    return {"QueryExecutionId": started["QueryExecutionId"]}
