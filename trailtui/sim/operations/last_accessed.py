"""IAM's service last accessed details, from the account's own records.

Source: IAM API Reference, GenerateServiceLastAccessedDetails.
"""

from __future__ import annotations

from datetime import datetime

from trailtui.sim.dynamic import Dynamic, fields
from trailtui.sim.identity import Credential
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.record_facts import Record, event_time
from trailtui.sim.world import World

_NAMES = {"iam": "AWS Identity and Access Management", "s3": "Amazon S3", "ec2": "Amazon EC2"}


def _principal_arn(record: Record) -> str | None:
    identity = fields(record.get("userIdentity"))
    issuer = fields(fields(identity.get("sessionContext")).get("sessionIssuer"))
    found = issuer.get("arn") or identity.get("arn")
    return str(found) if found else None


def _used(world: World, arn: str) -> dict[str, tuple[datetime, str]]:
    """By service: the last allowed call of a principal, and its Region."""
    found: dict[str, tuple[datetime, str]] = {}
    for record in world.records:
        at = event_time(record)
        if at is None or "errorCode" in record or _principal_arn(record) != arn:
            continue
        service = str(record["eventSource"]).partition(".")[0]
        if service not in found or found[service][0] <= at:
            found[service] = (at, str(record["awsRegion"]))
    return found


def generate(world: World, call: ApiCall, _: Credential) -> Dynamic:
    """Begin a report on a user or role."""
    arn = str(call.params["Arn"])
    view = world.iam.view(arn.split(":")[4])
    if arn not in {one.arn for one in (*view.users.values(), *view.roles.values())}:
        raise ServiceError("NoSuchEntity", f"{arn} does not exist", 404)
    number, now = world.new_uuid(), world.clock.now()
    services = [
        {
            "ServiceName": _NAMES.get(service, service),
            "ServiceNamespace": service,
            "LastAuthenticated": at,
            "LastAuthenticatedEntity": arn,
            "LastAuthenticatedRegion": region,
            "TotalAuthenticatedEntities": 1,
        }
        for service, (at, region) in sorted(_used(world, arn).items())
    ]
    world.jobs[number] = {
        "JobStatus": "COMPLETED",
        "JobType": "SERVICE_LEVEL",
        "JobCreationDate": now,
        "JobCompletionDate": now,
        "ServicesLastAccessed": services,
        "IsTruncated": False,
    }
    return {"JobId": number}


def get(world: World, call: ApiCall, _: Credential) -> Dynamic:
    """A report that was begun; it is complete at once."""
    number = str(call.params["JobId"])
    if number not in world.jobs:
        raise ServiceError("NoSuchEntity", f"Job {number} does not exist", 404)
    return world.jobs[number]


OPERATIONS = {
    "GenerateServiceLastAccessedDetails": generate,
    "GetServiceLastAccessedDetails": get,
}
