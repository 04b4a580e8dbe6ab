"""Queries run with exactly the rights that a policy gives, and fail without one of them."""

from __future__ import annotations

from tests.sim.laboratory import Laboratory, outcome, policy, statement


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
