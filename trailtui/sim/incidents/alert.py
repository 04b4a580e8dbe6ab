"""The GuardDuty finding of an incident, as EventBridge delivers it.

Source: GuardDuty User Guide, "Creating custom responses to GuardDuty findings with EventBridge".
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from trailtui.sim.dynamic import Dynamic

if TYPE_CHECKING:
    from trailtui.sim.incidents.stolen_key import StolenKey


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def guardduty_finding(incident: StolenKey) -> dict[str, Dynamic]:
    """The finding about the leaked key's first minutes."""
    account, region = incident.account.number, "us-east-1"
    first = incident.started_at
    last = first + timedelta(minutes=11)
    known = incident.account.credential(incident.leaked_key)
    written = _iso(last + timedelta(minutes=18))
    detector = "12abc34d567e8fa901bc2d34e56789f0"
    finding: dict[str, Dynamic] = {
        "schemaVersion": "2.0",
        "accountId": account,
        "region": region,
        "partition": "aws",
        "id": incident.finding_id,
        "arn": f"arn:aws:guardduty:{region}:{account}:detector/{detector}"
        f"/finding/{incident.finding_id}",
        "type": "UnauthorizedAccess:IAMUser/MaliciousIPCaller",
        "resource": {
            "resourceType": "AccessKey",
            "accessKeyDetails": {
                "accessKeyId": incident.leaked_key,
                "principalId": known.principal_id,
                "userType": "IAMUser",
                "userName": incident.user,
            },
        },
        "service": {
            "serviceName": "guardduty",
            "detectorId": detector,
            "action": {
                "actionType": "AWS_API_CALL",
                "awsApiCallAction": {
                    "api": "ListUsers",
                    "serviceName": "iam.amazonaws.com",
                    "callerType": "Remote IP",
                    "userAgent": incident.attacker_user_agent,
                    "remoteIpDetails": {"ipAddressV4": incident.attacker_addresses[0]},
                    "affectedResources": {},
                },
            },
            "resourceRole": "TARGET",
            "additionalInfo": {"threatListName": "ProofPoint"},
            "eventFirstSeen": _iso(first),
            "eventLastSeen": _iso(last),
            "archived": False,
            "count": 7,
        },
        "severity": 5,
        "createdAt": written,
        "updatedAt": written,
        "title": f"API ListUsers was invoked from a known malicious IP address "
        f"{incident.attacker_addresses[0]}.",
        "description": "An API was invoked with an access key from an IP address that is on a "
        "list of known malicious addresses.",
    }
    return {
        "version": "0",
        "id": f"{incident.finding_id[:8]}-0000-4000-8000-{incident.finding_id[-12:]}",
        "detail-type": "GuardDuty Finding",
        "source": "aws.guardduty",
        "account": account,
        "time": written,
        "region": region,
        "resources": [],
        "detail": finding,
    }
