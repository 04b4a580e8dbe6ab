"""Functions, what feeds them, and what attackers change in them."""

import io
import itertools
import json
import zipfile
from functools import cache
from typing import Any

from tests.respond.arranged_ec2 import root
from tests.respond.arrangements import Arranged, Entry
from trailtui.sim.account import SimulatedAccount

BY_LAMBDA = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "lambda.amazonaws.com"},
            }
        ],
    }
)
_numbers = itertools.count(1)


@cache
def code(said: str) -> bytes:
    """A function's package."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("main.py"), f"print({said!r})")
    return packed.getvalue()


def make_function(account: SimulatedAccount, said: str = "good", **more: Any) -> str:
    """A new function of its own name and role."""
    name = f"job-{next(_numbers)}"
    made = root(account, "iam").create_role(RoleName=name, AssumeRolePolicyDocument=BY_LAMBDA)
    root(account, "lambda").create_function(
        FunctionName=name,
        Role=made["Role"]["Arn"],
        Runtime="python3.12",
        Handler="main.main",
        Code={"ZipFile": code(said)},
        **more,
    )
    return name


def make_layer(account: SimulatedAccount, name: str) -> str:
    made = root(account, "lambda").publish_layer_version(
        LayerName=name, Content={"ZipFile": code(name)}
    )
    return str(made["LayerVersionArn"])


def _of(account: SimulatedAccount, name: str, **more: Any) -> Arranged:
    functions = root(account, "lambda")
    return Arranged(
        **{
            "target": name,
            "confirm": name,
            "gone": lambda: functions.delete_function(FunctionName=name),
            **more,
        }
    )


def _to_stop(reserved: int | None) -> Any:
    def arrange(account: SimulatedAccount) -> Arranged:
        name, functions = make_function(account), root(account, "lambda")
        named = {"FunctionName": name}
        if reserved is not None:
            functions.put_function_concurrency(ReservedConcurrentExecutions=reserved, **named)
        return _of(
            account,
            name,
            drift=lambda: functions.put_function_concurrency(
                ReservedConcurrentExecutions=3, **named
            ),
        )

    return arrange


def _with_layers(action: str) -> Any:
    def arrange(account: SimulatedAccount) -> Arranged:
        good, bad = make_layer(account, "good"), make_layer(account, "bad")
        name = make_function(account, Layers=[good, bad])
        functions = root(account, "lambda")
        wanted = {"layer": bad} if action == "remove" else {"layers": good}
        return _of(
            account,
            name,
            parameters=wanted,
            drift=lambda: functions.update_function_configuration(FunctionName=name, Layers=[]),
        )

    return arrange


def a_permission(account: SimulatedAccount) -> Arranged:
    name, functions = make_function(account), root(account, "lambda")
    functions.add_permission(
        FunctionName=name,
        StatementId="odd",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::strange",
        SourceAccount="999999999999",
    )
    return _of(
        account,
        name,
        target=f"{name}/odd",
        confirm=f"{name}/odd",
        drift=lambda: functions.remove_permission(FunctionName=name, StatementId="odd"),
    )


def changed_code(account: SimulatedAccount) -> Arranged:
    name, functions = make_function(account), root(account, "lambda")
    bucket = f"{name}-deployments"
    s3 = root(account, "s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="good.zip", Body=code("good"))
    functions.publish_version(FunctionName=name)
    functions.update_function_code(FunctionName=name, ZipFile=code("bad"))
    return _of(
        account,
        name,
        parameters={"version": "1", "s3-bucket": bucket, "s3-key": "good.zip"},
        drift=lambda: functions.update_function_code(FunctionName=name, ZipFile=code("worse")),
    )


def a_feed(account: SimulatedAccount) -> Arranged:
    name, functions = make_function(account), root(account, "lambda")
    root(account, "sqs").create_queue(QueueName=name)
    source = f"arn:aws:sqs:us-east-1:{account.number}:{name}"
    made = functions.create_event_source_mapping(EventSourceArn=source, FunctionName=name)
    number = made["UUID"]
    return _of(
        account,
        name,
        target=number,
        confirm=number,
        gone=lambda: functions.delete_event_source_mapping(UUID=number),
        drift=lambda: functions.update_event_source_mapping(UUID=number, Enabled=False),
    )


ENTRIES = (
    Entry("stop-function", _to_stop(None)),
    Entry("stop-function", _to_stop(10), "reserved"),
    Entry("remove-function-layers", _with_layers("remove")),
    Entry("restore-function-layers", _with_layers("restore")),
    Entry("remove-function-permission", a_permission),
    Entry("restore-function-code", changed_code),
    Entry("disable-event-source", a_feed),
)
