"""Records for tests, in the shapes that CloudTrail writes."""

import gzip
import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ACCOUNT = "111122223333"
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

Record = dict[str, Any]


def record(number: int = 0, **changes: Any) -> Record:
    """A well-formed record; the number makes it one of its own, `changes` replace fields."""
    made: Record = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEALICE00000",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
            "accountId": ACCOUNT,
            "accessKeyId": "AKIAEXAMPLEALICE0000",
            "userName": "alice",
        },
        "eventTime": (START + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "iam.amazonaws.com",
        "eventName": "ListUsers",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.17.0",
        "requestParameters": {"maxItems": number},
        "responseElements": None,
        "requestID": str(uuid.UUID(int=number + (1 << 90))),
        "eventID": str(uuid.uuid5(uuid.NAMESPACE_URL, str(number))),
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }
    made.update(changes)
    return {key: value for key, value in made.items() if value is not ...}


def role_session(
    role: str = "deploy", session: str = "job-1", key: str = "ASIAEXAMPLE00000001"
) -> Record:
    """The userIdentity of an assumed role."""
    return {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLE",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
                "accountId": ACCOUNT,
                "userName": role,
            },
            "attributes": {"creationDate": "2026-03-01T07:55:00Z", "mfaAuthenticated": "false"},
        },
    }


def write_log_file(path: Path, records: Sequence[Record]) -> Path:
    """A trail's log file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps({"Records": list(records)}).encode(), mtime=0))
    return path
