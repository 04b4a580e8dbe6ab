"""CloudTrail records of the calls that reached the account.

Source: CloudTrail User Guide, "CloudTrail record contents" (event version 1.11), and real records.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from trailtui.sim import event_fields, moto_trails, services
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential, Kind
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.record_facts import Record
from trailtui.sim.world import World

ASSUMING = ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
_CIPHER = "TLS_AES_128_GCM_SHA256"


def iso(at: datetime) -> str:
    """A time as eventTime has it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _session_context(caller: Credential) -> dict[str, Dynamic]:
    context: dict[str, Dynamic] = {}
    arn = f"arn:aws:iam::{caller.account}"
    if caller.kind in (Kind.ASSUMED_ROLE, Kind.FEDERATION):
        is_role = caller.kind is Kind.ASSUMED_ROLE
        context["sessionIssuer"] = {
            "type": "Role" if is_role else "IAMUser",
            "principalId": caller.issuer_id,
            "arn": f"{arn}:{'role' if is_role else 'user'}/{caller.issuer}",
            "accountId": caller.account,
            "userName": caller.issuer,
        }
    if caller.federated:
        context["webIdFederationData"] = dict(caller.federated)
    context["attributes"] = {
        "creationDate": iso(caller.issued_at),
        "mfaAuthenticated": str(caller.mfa).lower(),
    }
    if caller.issued_by_call == "AssumeRoot":
        context["assumedRoot"] = "true"
    if caller.source_identity:
        context["sourceIdentity"] = caller.source_identity
    return context


_TYPES = {
    Kind.ROOT: "Root",
    Kind.ASSUMED_ROLE: "AssumedRole",
    Kind.FEDERATION: "FederatedUser",
}


def user_identity(caller: Credential, world: World) -> dict[str, Dynamic]:
    """The record's userIdentity."""
    if caller.kind is Kind.ANONYMOUS:
        nobody = {"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}
        return dict(caller.federated) or nobody
    identity: dict[str, Dynamic] = {
        "type": _TYPES.get(caller.kind, "IAMUser"),
        "principalId": caller.principal_id,
        "arn": caller.arn,
        "accountId": caller.account,
        "accessKeyId": caller.id,
    }
    if caller.kind in (Kind.ACCESS_KEY, Kind.SESSION_TOKEN):
        identity["userName"] = caller.issuer
    if caller.temporary:
        context = _session_context(caller)
        view = world.iam.view(caller.account)
        known = view.roles if caller.kind is Kind.ASSUMED_ROLE else view.users
        if "sessionIssuer" in context and caller.issuer in known:
            # A role or user under a path has it in its ARN.
            context["sessionIssuer"]["arn"] = known[caller.issuer].arn
        identity["sessionContext"] = context
    if caller.on_behalf_of:
        user, store = caller.on_behalf_of
        identity["onBehalfOf"] = {"userId": user, "identityStoreArn": store}
    if caller.invoked_by:
        identity["invokedBy"] = caller.invoked_by
    return identity


def _resources(call: ApiCall) -> list[dict[str, str]] | None:
    if call.operation in ASSUMING:
        arn = str(call.params.get("RoleArn", ""))
        return [{"accountId": arn.split(":")[4], "type": "AWS::IAM::Role", "ARN": arn}]
    if call.service == "s3" and event_fields.is_data_event(call):
        bucket = f"arn:aws:s3:::{call.params.get('Bucket')}"
        named = {"type": "AWS::S3::Bucket", "ARN": bucket}
        owner = moto_trails.bucket_owner(str(call.params.get("Bucket")))
        if owner is not None:
            named = {"accountId": owner, **named}
        if "Key" not in call.params:
            return [named]
        return [{"type": "AWS::S3::Object", "ARN": f"{bucket}/{call.params['Key']}"}, named]
    return None


# IAM's answers lack the ending that its records have.
_IAM_CODES = frozenset(
    {"NoSuchEntity", "EntityAlreadyExists", "LimitExceeded", "DeleteConflict", "InvalidInput"}
)


def _error_fields(call: ApiCall, code: str, message: str) -> dict[str, str]:
    if call.service == "s3" and code == "AccessDenied":
        return {"errorCode": code, "errorMessage": message}
    if call.protocol == "ec2":
        return {"errorCode": f"Client.{code}", "errorMessage": message}
    if call.service == "iam" and code in _IAM_CODES:
        return {"errorCode": f"{code}Exception", "errorMessage": message}
    # Records drop the suffix that the JSON protocols put on a denial.
    code = "AccessDenied" if code == "AccessDeniedException" else code
    return {"errorCode": code, "errorMessage": message}


def record_of(
    world: World,
    call: ApiCall,
    caller: Credential,
    outcome: Mapping[str, Dynamic] | ServiceError,
    request_id: str,
) -> dict[str, Dynamic]:
    """Write the record of one call.

    Args:
        world: the account.
        call: what was asked.
        caller: who asked.
        outcome: the result's members, or the error that was answered.
        request_id: as the caller was told.
    """
    failed = isinstance(outcome, ServiceError)
    is_s3 = call.service == "s3"
    denied = failed and outcome.code.startswith(("AccessDenied", "UnauthorizedOperation"))
    record: dict[str, Dynamic] = {
        "eventVersion": "1.11",
        "userIdentity": user_identity(caller, world),
        "eventTime": iso(world.clock.now()),
        "eventSource": services.event_source(call.service, call.signing_name),
        "eventName": event_fields.event_name(call),
        "awsRegion": services.event_region(call.service, call.region),
        "sourceIPAddress": caller.invoked_by or call.source_ip,
        "userAgent": f"[{call.user_agent}]" if is_s3 else call.user_agent,
    }
    if failed:
        record |= _error_fields(call, outcome.code, outcome.message)
    # A denial's record has no parameters, except in S3 and EC2.
    silent = denied and not is_s3 and call.protocol != "ec2"
    record["requestParameters"] = None if silent else event_fields.request_parameters(call)
    record["responseElements"] = None if failed else event_fields.response_elements(call, outcome)
    if is_s3:
        record["additionalEventData"] = {
            "SignatureVersion": "SigV4",
            "CipherSuite": _CIPHER,
            "AuthenticationMethod": "AuthHeader",
        }
    record |= {
        "requestID": request_id,
        "eventID": world.new_uuid(),
        "readOnly": event_fields.is_read_only(call),
    }
    resources = None if silent else _resources(call)
    if resources:
        record["resources"] = resources
    data = event_fields.is_data_event(call)
    record |= {
        "eventType": "AwsApiCall",
        "managementEvent": not data,
        "recipientAccountId": _recipient(call, caller),
        "eventCategory": "Data" if data else "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": _CIPHER,
            "clientProvidedHostHeader": _host(call),
        },
    }
    if caller.from_console:
        record["sessionCredentialFromConsole"] = "true"
    return record


def _recipient(call: ApiCall, caller: Credential) -> str:
    """Whose trails have a call: the caller's; of anonymous calls the bucket owner's."""
    if caller.account.isdecimal():
        return caller.account
    return moto_trails.bucket_owner(str(call.params.get("Bucket"))) or caller.account


def records_for_all_sides(world: World, call: ApiCall, record: Record) -> list[Record]:
    """The record, and a second one for the account whose role or bucket was used from outside.

    Source: CloudTrail User Guide, "sharedEventID"; "Amazon S3 CloudTrail events: cross-account
    access": a denied access is told to the requester's account only.
    """
    other = _owner_of_what_was_used(call)
    if other in (None, record["recipientAccountId"]) or "errorCode" in record:
        return [record]
    shared = {"sharedEventID": world.new_uuid()}
    identity = record["userIdentity"]
    outsider = {
        "type": "AWSAccount",
        "principalId": identity["principalId"],
        "accountId": identity["accountId"],
    }
    theirs = {"userIdentity": outsider, "recipientAccountId": other, "eventID": world.new_uuid()}
    return [record | shared, record | shared | theirs]


def _owner_of_what_was_used(call: ApiCall) -> str | None:
    if call.operation in ASSUMING:
        return str(call.params["RoleArn"]).split(":")[4]
    if call.service == "s3" and event_fields.is_data_event(call):
        return moto_trails.bucket_owner(str(call.params.get("Bucket")))
    return None


def _host(call: ApiCall) -> str:
    if call.service == "iam":
        return "iam.amazonaws.com"
    return f"{call.signing_name}.{call.region}.amazonaws.com"


def issued_elements(session: Credential) -> dict[str, Dynamic]:
    """responseElements of a call that gave the session of a role."""
    given: dict[str, Dynamic] = {
        "accessKeyId": session.id,
        "sessionToken": session.token,
        "expiration": event_fields.moment(session.expires_at or session.issued_at, "sts"),
    }
    return {
        "credentials": {name: value for name, value in given.items() if value is not None},
        "assumedRoleUser": {"assumedRoleId": session.principal_id, "arn": session.arn},
    }


def service_assumes_role(
    world: World, role_arn: str, session_name: str, service: str, session: Credential
) -> dict[str, Dynamic]:
    """The record of an AWS service that takes a role for a customer's function or machine."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "AWSService", "invokedBy": service},
        "eventTime": iso(world.clock.now()),
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRole",
        "awsRegion": "us-east-1",
        "sourceIPAddress": service,
        "userAgent": service,
        "requestParameters": {"roleArn": role_arn, "roleSessionName": session_name},
        "responseElements": issued_elements(session),
        "requestID": world.new_uuid(),
        "eventID": world.new_uuid(),
        "readOnly": True,
        "resources": [{"accountId": session.account, "type": "AWS::IAM::Role", "ARN": role_arn}],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": session.account,
        "sharedEventID": world.new_uuid(),
        "eventCategory": "Management",
    }
