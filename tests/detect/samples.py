"""Findings in the shapes that AWS writes, and the envelopes they come in."""

import copy
import json
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

ACCOUNT = "111122223333"
KEY = "AKIAEXAMPLEALICE0000"
SESSION_KEY = "ASIAEXAMPLE000000001"
ATTACKER = "198.51.100.24"
AGENT = "aws-cli/2.17.0 md/Botocore#2.17.0"
FIRST, LAST, WRITTEN = "2026-03-01T08:00:00Z", "2026-03-01T08:40:00Z", "2026-03-01T09:00:00Z"
FIRST_MS, LAST_MS, WRITTEN_MS = 1772352000000, 1772354400000, 1772355600000
DETECTOR = "12abc34d567e8fa901bc2d34e56789f0"


def guardduty(**changes: Any) -> Json:
    """GuardDuty's finding about a user's key, as EventBridge has it."""
    made: Json = {
        "schemaVersion": "2.0",
        "accountId": ACCOUNT,
        "region": "us-east-1",
        "partition": "aws",
        "id": "aecd9f3bf3543645c3154b30f2661c3a",
        "arn": f"arn:aws:guardduty:us-east-1:{ACCOUNT}:detector/{DETECTOR}/finding/"
        "aecd9f3bf3543645c3154b30f2661c3a",
        "type": "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom",
        "resource": {
            "resourceType": "AccessKey",
            "accessKeyDetails": {
                "accessKeyId": KEY,
                "principalId": "AIDAEXAMPLEALICE00000",
                "userName": "alice",
                "userType": "IAMUser",
            },
        },
        "service": {
            "serviceName": "guardduty",
            "detectorId": DETECTOR,
            "action": {
                "actionType": "AWS_API_CALL",
                "awsApiCallAction": {
                    "api": "ListBuckets",
                    "serviceName": "s3.amazonaws.com",
                    "callerType": "Remote IP",
                    "userAgent": AGENT,
                    "remoteIpDetails": {
                        "ipAddressV4": ATTACKER,
                        "country": {"countryName": "Nowhere"},
                        "organization": {"asn": "64500", "org": "Example"},
                    },
                    "affectedResources": {"AWS::S3::Bucket": "exports-example"},
                },
            },
            "resourceRole": "TARGET",
            "additionalInfo": {"threatListName": "own list"},
            "eventFirstSeen": FIRST,
            "eventLastSeen": LAST,
            "archived": False,
            "count": 7,
        },
        "severity": 5,
        "createdAt": WRITTEN,
        "updatedAt": WRITTEN,
        "title": "API ListBuckets was invoked from an IP address on a custom threat list.",
        "description": "An API was invoked from an IP address on a threat list.",
    }
    made.update(copy.deepcopy(changes))
    return made


def instance_credentials() -> Json:
    """The finding about an instance's role that is used outside AWS."""
    made = guardduty(
        type="UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS", severity=8
    )
    made["resource"] = {
        "resourceType": "AccessKey",
        "accessKeyDetails": {
            "accessKeyId": SESSION_KEY,
            "principalId": "AROAEXAMPLE:i-0abc123def4567890",
            "userName": "app-server",
            "userType": "AssumedRole",
        },
        "instanceDetails": {
            "instanceId": "i-0abc123def4567890",
            "iamInstanceProfile": {
                "arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/app-server",
                "id": "AIPAEXAMPLE",
            },
            "networkInterfaces": [{"publicIp": "203.0.113.9", "privateIpAddress": "10.0.0.9"}],
        },
    }
    return made


def attack_sequence() -> Json:
    """Extended Threat Detection: several actors and endpoints in one finding."""
    made = guardduty(type="AttackSequence:IAM/CompromisedCredentials", severity=9.1)
    made["resource"] = {"resourceType": "AttackSequence"}
    del made["service"]["action"]
    made["service"]["detection"] = {
        "sequence": {
            "uid": "sequence",
            "actors": [
                {
                    "id": "actor",
                    "user": {
                        "name": "alice",
                        "uid": "AIDAEXAMPLEALICE00000",
                        "type": "IAMUser",
                        "credentialUid": KEY,
                        "account": {"uid": ACCOUNT},
                    },
                }
            ],
            "endpoints": [{"id": "endpoint", "ip": ATTACKER}],
            "resources": [{"uid": "arn:aws:s3:::exports-example", "resourceType": "S3_BUCKET"}],
            "signals": [{"type": "FINDING", "name": "UnauthorizedAccess:IAMUser/TorIPCaller"}],
        }
    }
    return made


def as_api(value: Any) -> Any:
    """The same with names in PascalCase, as the API has them; ids of types stay."""
    if isinstance(value, dict):
        return {name[:1].upper() + name[1:]: as_api(member) for name, member in value.items()}
    return [as_api(item) for item in value] if isinstance(value, list) else value


def asff(**changes: Any) -> Json:
    """GuardDuty's finding as Security Hub has it: the key is in the resource's Id only."""
    found_id = "aecd9f3bf3543645c3154b30f2661c3a"
    made: Json = {
        "SchemaVersion": "2018-10-08",
        "Id": f"arn:aws:guardduty:us-east-1:{ACCOUNT}:detector/{DETECTOR}/finding/{found_id}",
        "ProductArn": "arn:aws:securityhub:us-east-1::product/aws/guardduty",
        "ProductName": "GuardDuty",
        "Region": "us-east-1",
        "GeneratorId": f"arn:aws:guardduty:us-east-1:{ACCOUNT}:detector/{DETECTOR}",
        "AwsAccountId": ACCOUNT,
        "Types": ["TTPs/UnauthorizedAccess:IAMUser-MaliciousIPCaller.Custom"],
        "FirstObservedAt": "2026-03-01T08:00:00.000Z",
        "LastObservedAt": "2026-03-01T08:40:00.000Z",
        "CreatedAt": "2026-03-01T09:00:00.000Z",
        "UpdatedAt": "2026-03-01T09:00:00.000Z",
        "Severity": {"Product": 5.0, "Label": "MEDIUM", "Normalized": 50},
        "Title": "API ListBuckets was invoked from an IP address on a custom threat list.",
        "Description": "An API was invoked from an IP address on a threat list.",
        "ProductFields": {
            "aws/guardduty/service/count": "7",
            "aws/guardduty/service/action/awsApiCallAction/userAgent": AGENT,
            "aws/guardduty/service/action/awsApiCallAction/affectedResources": "",
            "aws/securityhub/ProductName": "GuardDuty",
        },
        "Resources": [
            {
                "Type": "AwsIamAccessKey",
                "Id": f"AWS::IAM::AccessKey:{KEY}",
                "Partition": "aws",
                "Region": "us-east-1",
                "Details": {
                    "AwsIamAccessKey": {
                        "PrincipalId": "AIDAEXAMPLEALICE00000",
                        "PrincipalType": "IAMUser",
                        "PrincipalName": "alice",
                    }
                },
            }
        ],
        "WorkflowState": "NEW",
        "Workflow": {"Status": "NEW"},
        "RecordState": "ACTIVE",
        "Action": {
            "ActionType": "AWS_API_CALL",
            "AwsApiCallAction": {
                "Api": "ListBuckets",
                "ServiceName": "s3.amazonaws.com",
                "CallerType": "remoteIp",
                "RemoteIpDetails": {"IpAddressV4": ATTACKER},
            },
        },
        "Sample": False,
    }
    made.update(copy.deepcopy(changes))
    return made


def ocsf(**changes: Any) -> Json:
    """A detection finding of OCSF, as GetFindingsV2 has it."""
    made: Json = {
        "activity_id": 1,
        "category_uid": 2,
        "class_uid": 2004,
        "class_name": "Detection Finding",
        "severity_id": 3,
        "severity": "Medium",
        "status": "New",
        "time": WRITTEN_MS,
        "count": 7,
        "metadata": {
            "version": "1.6.0",
            "product": {
                "name": "GuardDuty",
                "vendor_name": "AWS",
                "uid": "arn:aws:securityhub:us-east-1::productv2/aws/guardduty",
            },
        },
        "cloud": {"provider": "AWS", "region": "us-east-1", "account": {"uid": ACCOUNT}},
        "finding_info": {
            "uid": f"arn:aws:guardduty:us-east-1:{ACCOUNT}:detector/{DETECTOR}/finding/1",
            "title": "API ListBuckets was invoked from an IP address on a custom threat list.",
            "desc": "An API was invoked from an IP address on a threat list.",
            "types": ["UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom"],
            "first_seen_time": FIRST_MS,
            "last_seen_time": LAST_MS,
            "created_time": WRITTEN_MS,
            "modified_time_dt": "2026-03-01T09:00:00.000Z",
        },
        "resources": [
            {
                "uid": f"AWS::IAM::AccessKey:{KEY}",
                "type": "AWS::IAM::AccessKey",
                "region": "us-east-1",
                "cloud_partition": "aws",
                "owner": {"account": {"uid": ACCOUNT}},
            }
        ],
        "evidences": [
            {
                "actor": {
                    "user": {
                        "name": "alice",
                        "type": "IAMUser",
                        "credential_uid": KEY,
                        "account": {"uid": ACCOUNT},
                    }
                },
                "api": {"operation": "ListBuckets", "service": {"name": "s3.amazonaws.com"}},
                "src_endpoint": {"ip": ATTACKER, "location": {"country": "Nowhere"}},
                "http_request": {"user_agent": AGENT},
            }
        ],
    }
    made.update(copy.deepcopy(changes))
    return made


ALARM = "root-usage"
ALARM_ARN = f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:{ALARM}"
REASON = "Threshold Crossed: 1 datapoint [3.0] was greater than the threshold (0.0)."
REASON_DATA = json.dumps(
    {
        "version": "1.0",
        "queryDate": "2026-03-01T08:10:40.985+0000",
        "startDate": "2026-03-01T08:00:00.000+0000",
        "statistic": "Sum",
        "period": 300,
        "recentDatapoints": [3.0],
        "threshold": 0.0,
        "evaluatedDatapoints": [
            {"timestamp": "2026-03-01T08:05:00.000+0000", "sampleCount": 3.0, "value": 3.0}
        ],
    }
)
RANG = "2026-03-01T08:10:40.989+0000"
RANG_MS = 1772352640989


def alarm_event(state: str = "ALARM") -> Json:
    """The alarm as EventBridge tells it: its ARN is in the envelope."""
    return {
        "version": "0",
        "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": ACCOUNT,
        "time": "2026-03-01T08:10:40Z",
        "region": "eu-west-1",
        "resources": [ALARM_ARN],
        "detail": {
            "alarmName": ALARM,
            "state": {
                "value": state,
                "reason": REASON,
                "reasonData": REASON_DATA,
                "timestamp": RANG,
            },
            "previousState": {"value": "OK"},
            "configuration": {
                "description": "Somebody used root",
                "metrics": [
                    {
                        "id": "m1",
                        "metricStat": {
                            "metric": {
                                "namespace": "CloudTrailMetrics",
                                "name": "RootUse",
                                "dimensions": {},
                            },
                            "period": 300,
                            "stat": "Sum",
                        },
                        "returnData": True,
                    }
                ],
            },
        },
    }


def alarm_notice(state: str = "ALARM") -> Json:
    """The alarm as its SNS action tells it."""
    return {
        "AlarmName": ALARM,
        "AlarmDescription": "Somebody used root",
        "AWSAccountId": ACCOUNT,
        "NewStateValue": state,
        "NewStateReason": REASON,
        "StateChangeTime": RANG,
        "Region": "EU (Ireland)",
        "AlarmArn": ALARM_ARN,
        "OldStateValue": "OK",
        "Trigger": {
            "MetricName": "RootUse",
            "Namespace": "CloudTrailMetrics",
            "Statistic": "SUM",
            "Unit": None,
            "Dimensions": [],
            "Period": 300,
            "EvaluationPeriods": 2,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 0.0,
        },
    }


def alarm(state: str = "ALARM") -> Json:
    """The alarm as DescribeAlarms has it."""
    return {
        "AlarmName": ALARM,
        "AlarmArn": ALARM_ARN,
        "AlarmDescription": "Somebody used root",
        "StateValue": state,
        "StateReason": REASON,
        "StateReasonData": REASON_DATA,
        "StateUpdatedTimestamp": "2026-03-01T08:10:40.989000+00:00",
        "MetricName": "RootUse",
        "Namespace": "CloudTrailMetrics",
        "Statistic": "Sum",
        "Dimensions": [],
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 0.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }


def alarm_history(state: str = "ALARM") -> Json:
    """An entry of DescribeAlarmHistory."""
    data = {
        "version": "1.0",
        "oldState": {"stateValue": "OK", "stateReason": "quiet"},
        "newState": {
            "stateValue": state,
            "stateReason": REASON,
            "stateReasonData": json.loads(REASON_DATA),
        },
    }
    return {
        "AlarmName": ALARM,
        "AlarmType": "MetricAlarm",
        "Timestamp": "2026-03-01T08:10:40.989000+00:00",
        "HistoryItemType": "StateUpdate",
        "HistorySummary": f"Alarm updated from OK to {state}",
        "HistoryData": json.dumps(data),
    }


def event(detail: Json, detail_type: str = "GuardDuty Finding") -> Json:
    """EventBridge's envelope."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": detail_type,
        "source": "aws.guardduty",
        "account": ACCOUNT,
        "time": WRITTEN,
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


def hub_event(finding: Json) -> Json:
    """EventBridge's envelope around Security Hub's findings."""
    return event({"findings": [finding]}, "Security Hub Findings - Imported")


def notification(message: Any) -> Json:
    """SNS's envelope; the message is a text."""
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts",
        "Subject": "alert",
        "Message": json.dumps(message),
        "Timestamp": "2026-03-01T09:00:01.000Z",
    }


def lambda_event(message: Any) -> Json:
    """What a function gets from SNS."""
    return {"Records": [{"EventSource": "aws:sns", "Sns": notification(message)}]}


def queue_event(message: Any) -> Json:
    """What a function gets from a queue that is subscribed to a topic."""
    body = json.dumps(notification(message))
    return {"Records": [{"messageId": "1", "receiptHandle": "x", "body": body}]}


def queue_answer(message: Any) -> Json:
    """ReceiveMessage's answer."""
    return {"Messages": [{"MessageId": "1", "ReceiptHandle": "x", "Body": json.dumps(message)}]}


ENVELOPES: dict[str, Callable[[Any], Any]] = {
    "bare": lambda finding: finding,
    "list": lambda finding: [finding],
    "api": lambda finding: {"Findings": [finding]},
    "sns": notification,
    "lambda": lambda_event,
    "queue": queue_event,
    "received": queue_answer,
}
"""What a finding, or an event of EventBridge around it, may lie in."""

FINDINGS: dict[str, Callable[[], Any]] = {
    "guardduty": guardduty,
    "guardduty-event": lambda: event(guardduty()),
    "guardduty-api": lambda: as_api(guardduty()),
    "asff": asff,
    "asff-event": lambda: hub_event(asff()),
    "ocsf": ocsf,
    "ocsf-event": lambda: event({"findings": [ocsf()]}, "Findings Imported V2"),
}
"""The one finding about alice's key in every shape."""

ALARMS: dict[str, Callable[[], Any]] = {
    "event": alarm_event,
    "notice": alarm_notice,
    "described": alarm,
    "history": alarm_history,
}
"""The one alarm in every shape."""


def document(value: Any) -> bytes:
    """JSON."""
    return json.dumps(value).encode()
