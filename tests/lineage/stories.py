"""Records of single calls, to tell short stories with, and the tree of what they tell."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.records import ACCOUNT, START, Record, record, write_log_file
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.lineage.tree import Tree, lineage

ROOT = "AKIAEXAMPLEALICE0000"
OTHER = "444455556666"
START_MS = int(START.timestamp()) * 1000
HOUR = 3600


def user(name: str = "alice", key: str = ROOT, account: str = ACCOUNT, **more: Any) -> Record:
    """The userIdentity of a user with a long-term key."""
    return {
        "type": "IAMUser", "principalId": f"AIDA{name.upper():0<16}", "userName": name,
        "arn": f"arn:aws:iam::{account}:user/{name}", "accountId": account, "accessKeyId": key,
        **more,
    }  # fmt: skip


def session(
    key: str, role: str = "deploy", name: str = "job", account: str = ACCOUNT, at: int = 0,
    **context: Any,
) -> Record:  # fmt: skip
    """The userIdentity of a role's session that was issued at a second of the story."""
    return {
        "type": "AssumedRole", "principalId": f"AROA{role.upper():0<16}:{name}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}", "accountId": account,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role", "principalId": f"AROA{role.upper():0<16}", "userName": role,
                "arn": f"arn:aws:iam::{account}:role/{role}", "accountId": account,
            },
            "attributes": {"creationDate": stamp(at), "mfaAuthenticated": "false"},
            **context,
        },
    }  # fmt: skip


def console(key: str, at: int, name: str = "alice") -> Record:
    """The userIdentity of a user in the console."""
    attributes = {"creationDate": stamp(at), "mfaAuthenticated": "false"}
    return user(name, key, sessionContext={"attributes": attributes})


def service(host: str) -> Record:
    """The userIdentity of an AWS service."""
    return {"type": "AWSService", "invokedBy": host}


def stamp(second: int) -> str:
    """The time of a second of the story, as records have it."""
    return (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")


def spoken(second: int) -> str:
    """The same in the words of responseElements."""
    return (START + timedelta(seconds=second)).strftime("%b %-d, %Y, %-I:%M:%S %p")


def call(second: int, who: Record, source: str, name: str, **more: Any) -> Record:
    """A successful call; `asked` and `answered` are its request and its response."""
    asked, answered = more.pop("asked", None), more.pop("answered", None)
    number = more.pop("number", second)
    return record(
        number, eventTime=stamp(second), userIdentity=who, eventSource=f"{source}.amazonaws.com",
        eventName=name, requestParameters=asked, responseElements=answered,
        recipientAccountId=more.pop("account", who.get("accountId", ACCOUNT)), **more,
    )  # fmt: skip


def assume(
    second: int, who: Record, key: str, role: str = "deploy", name: str = "job",
    account: str = ACCOUNT, seconds: int = HOUR, **more: Any,
) -> Record:  # fmt: skip
    """A role that was taken."""
    arn = f"arn:aws:iam::{account}:role/{role}"
    answered = {
        "credentials": {
            "accessKeyId": key, "expiration": spoken(second + seconds), "sessionToken": "IQoJ",
        },
        "assumedRoleUser": {
            "assumedRoleId": f"AROA{role.upper():0<16}:{name}",
            "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        },
    }  # fmt: skip
    asked = {"roleArn": arn, "roleSessionName": name, **more.pop("wished", {})}
    return call(
        second, who, "sts", more.pop("event", "AssumeRole"), asked=asked, answered=answered,
        resources=[{"accountId": account, "type": "AWS::IAM::Role", "ARN": arn}], **more,
    )  # fmt: skip


def used(second: int, who: Record, **more: Any) -> Record:
    """A call that shows that a credential was used."""
    return call(second, who, "s3", "ListBuckets", **more)


def tell(folder: Path, records: Sequence[Record]) -> Case:
    """A case with the records of a story; whoever asks closes it."""
    log = write_log_file(folder / "logs" / "story.json.gz", records)
    case = Case.create(folder / "story.case")
    collect_files(case, [str(log)])
    return case


def tree_of(
    folder: Path, records: Sequence[Record], root: str = ROOT, after: int = 10 * 60
) -> Tree:
    """The tree of a story, as it stands so many seconds after its beginning."""
    with tell(folder, records) as case:
        tree = lineage(case, root, START_MS + after * 1000)
    assert all(edge.events for edge in tree.edges), "an edge names no event"
    return tree


def ways(tree: Tree) -> set[tuple[str, str, str, str]]:
    """The edges, as parent, call, child and certainty."""
    return {(one.parent, one.how, one.child, str(one.certainty)) for one in tree.edges}
