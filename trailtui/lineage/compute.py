"""Machines and functions that hold credentials of a role, and the calls that get at them.

Whoever runs something on an instance reads the instance's credentials; whoever writes a function's
code acts as its role. No record names both, so these edges are inferred.
"""

import re
from collections.abc import Callable

from trailtui.lineage.calls import Call, items, text
from trailtui.lineage.drafts import Draft, Found, account_of, last_name, strings_in
from trailtui.lineage.nodes import Certainty, NodeKind

INSTANCE = re.compile(r"m?i-[0-9a-fA-F]{8,32}")
_LAMBDA, _ECS = "lambda.amazonaws.com", "ecs.amazonaws.com"

ON_INSTANCES = {
    "RunInstances": "started the instance, with a role in its profile",
    "AssociateIamInstanceProfile": "gave the instance a profile with a role",
    "ReplaceIamInstanceProfileAssociation": "gave the instance another profile with a role",
    "StartSession": "opened a shell on the instance, where its credentials can be read",
    "ResumeSession": "opened a shell on the instance, where its credentials can be read",
    "SendCommand": "ran a command on the instance, where its credentials can be read",
    "CreateAssociation": "let a document run on the instance, where its credentials can be read",
    "SendSSHPublicKey": "pushed an SSH key onto the instance, where its credentials can be read",
    "SendSerialConsoleSSHPublicKey": "pushed an SSH key onto the instance's serial console",
    "ModifyInstanceAttribute": "changed the instance's user data, which runs when it starts",
    "GetPasswordData": "fetched the instance's administrator password",
}
_INSTANCE_SOURCES = frozenset(
    {"ec2.amazonaws.com", "ssm.amazonaws.com", "ec2-instance-connect.amazonaws.com"}
)


def reached(call: Call) -> list[Found]:
    """The instances, functions and tasks that a call made or got at."""
    if call.source in _INSTANCE_SOURCES and call.name in ON_INSTANCES:
        return _instances(call)
    read = _OTHERS.get((call.source, call.name))
    return read(call) if read else []


def _inferred(call: Call, child: Draft, says: str) -> Found:
    return Found(child, call.name, (call.row,), Certainty.INFERRED, says)


def _instances(call: Call) -> list[Found]:
    if call.name == "RunInstances" and not _has_profile(call):
        return []
    if call.name == "ModifyInstanceAttribute" and text(call.request, "userData") is None:
        return []
    found = strings_in([call.request, call.response], INSTANCE)
    return [
        _inferred(
            call,
            Draft(
                one, NodeKind.INSTANCE, call.account, None, one, call.at_ms,
                owned=call.name == "RunInstances",
            ),
            ON_INSTANCES[call.name],
        )
        for one in found
    ]  # fmt: skip


def _has_profile(call: Call) -> bool:
    if call.request.get("iamInstanceProfile"):
        return True
    return any(one.get("iamInstanceProfile") for one in items(call.response, "instancesSet"))


def _function(call: Call) -> list[Found]:
    name = text(call.response, "functionName") or last_name(text(call.request, "functionName"))
    arn = text(call.response, "functionArn") or (
        f"arn:aws:lambda:{call.region}:{call.account}:function:{name}" if name else None
    )
    if arn is None:
        return []
    arn = ":".join(arn.split(":")[:7])  # without a version
    role = text(call.response, "role") or text(call.request, "role")
    made = call.name.startswith("Create")
    child = Draft(arn, NodeKind.FUNCTION, account_of(arn), role, name, call.at_ms, owned=made)
    says = "made the function" if made else "changed what the function runs, or as whom"
    return [_inferred(call, child, f"{says}: its code acts as the role {last_name(role)}")]


def _tasks(call: Call) -> list[Found]:
    arns = [text(one, "taskArn") for one in items(call.response, "tasks")]
    if call.name == "ExecuteCommand":
        arns.append(text(call.response, "taskArn") or text(call.request, "task"))
    says = "opened a shell in the task" if call.name == "ExecuteCommand" else "started the task"
    return [
        _inferred(
            call,
            Draft(
                arn, NodeKind.TASK, account_of(arn) or call.account, None, last_name(arn),
                call.at_ms, owned=call.name != "ExecuteCommand",
            ),
            f"{says}, where the role's credentials can be read",
        )
        for arn in arns
        if arn
    ]  # fmt: skip


_OTHERS: dict[tuple[str, str], Callable[[Call], list[Found]]] = {
    (_LAMBDA, "CreateFunction20150331"): _function,
    (_LAMBDA, "CreateFunction20150331v2"): _function,
    (_LAMBDA, "UpdateFunctionCode20150331v2"): _function,
    (_LAMBDA, "UpdateFunctionConfiguration20150331v2"): _function,
    (_ECS, "RunTask"): _tasks,
    (_ECS, "StartTask"): _tasks,
    (_ECS, "ExecuteCommand"): _tasks,
}

REACHING = frozenset(ON_INSTANCES) | frozenset(name for _, name in _OTHERS)
