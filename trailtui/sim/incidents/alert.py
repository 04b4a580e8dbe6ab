"""The GuardDuty finding of an incident, as EventBridge delivers it.

Source: GuardDuty User Guide, "Creating custom responses to GuardDuty findings with EventBridge" and
"IAM finding types".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential, Kind
from trailtui.sim.incidents.attacker import Habits

_DETECTOR = "12abc34d567e8fa901bc2d34e56789f0"


@dataclass(frozen=True)
class Alerted:
    """What a finding is about."""

    type: str
    """GuardDuty's, of IAM."""
    api: str
    service: str
    """Such as iam.amazonaws.com."""
    title: str
    description: str
    credential: str = "key"
    """The word of the credential that it names."""
    threat_list: str = ""
    instance: tuple[str, str] | None = None
    """Id of the instance that the credential was given to, and the ARN of its profile."""
    severity: int = 5


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def guardduty_finding(
    account: str,
    alerted: Alerted,
    credential: Credential,
    habits: Habits,
    told: tuple[datetime, str],
) -> dict[str, Dynamic]:
    """The finding about an intruder's first minutes.

    Args:
        account: whose GuardDuty found it.
        alerted: what was seen.
        credential: the one that it names.
        habits: the intruder's, of whom the first address was seen.
        told: when it began, and the finding's id.
    """
    first, number = told
    region = "us-east-1"
    written = _iso(first + timedelta(minutes=29))
    finding: dict[str, Dynamic] = {
        "schemaVersion": "2.0",
        "accountId": account,
        "region": region,
        "partition": "aws",
        "id": number,
        "arn": f"arn:aws:guardduty:{region}:{account}:detector/{_DETECTOR}/finding/{number}",
        "type": alerted.type,
        "resource": _resource(alerted, credential),
        "service": {
            "serviceName": "guardduty",
            "detectorId": _DETECTOR,
            "action": _action(alerted, habits),
            "resourceRole": "TARGET",
            "additionalInfo": (
                {"threatListName": alerted.threat_list} if alerted.threat_list else {}
            ),
            "eventFirstSeen": _iso(first),
            "eventLastSeen": _iso(first + timedelta(minutes=11)),
            "archived": False,
            "count": 7,
        },
        "severity": alerted.severity,
        "createdAt": written,
        "updatedAt": written,
        "title": alerted.title.format(habits.addresses[0]),
        "description": alerted.description,
    }
    return _envelope(finding, account, region, written)


def _resource(alerted: Alerted, credential: Credential) -> dict[str, Dynamic]:
    of_role = credential.kind is Kind.ASSUMED_ROLE
    resource: dict[str, Dynamic] = {
        "resourceType": "AccessKey",
        "accessKeyDetails": {
            "accessKeyId": credential.id,
            "principalId": credential.principal_id,
            "userType": "AssumedRole" if of_role else "IAMUser",
            "userName": credential.issuer,
        },
    }
    if alerted.instance:
        number, profile = alerted.instance
        resource["instanceDetails"] = {
            "instanceId": number,
            "iamInstanceProfile": {"arn": profile},
        }
    return resource


def _action(alerted: Alerted, habits: Habits) -> dict[str, Dynamic]:
    return {
        "actionType": "AWS_API_CALL",
        "awsApiCallAction": {
            "api": alerted.api,
            "serviceName": alerted.service,
            "callerType": "Remote IP",
            "userAgent": habits.user_agent,
            "remoteIpDetails": {"ipAddressV4": habits.addresses[0]},
            "affectedResources": {},
        },
    }


def _envelope(
    finding: dict[str, Dynamic], account: str, region: str, written: str
) -> dict[str, Dynamic]:
    number = str(finding["id"])
    return {
        "version": "0",
        "id": f"{number[:8]}-0000-4000-8000-{number[-12:]}",
        "detail-type": "GuardDuty Finding",
        "source": "aws.guardduty",
        "account": account,
        "time": written,
        "region": region,
        "resources": [],
        "detail": finding,
    }
