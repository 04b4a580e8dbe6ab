"""What responders ask for is in the library: each topic has its query, each query all its parts."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.query.engines import load
from tests.records import record
from trailtui.case.file import Case
from trailtui.query.library import load_queries, run_query

# the topic, the query that answers it, and what its SQL must therefore name
TOPICS = [
    ("who did what for a credential", "key-activity", "accessKeyId"),
    ("... for a principal", "principal-activity", "principal"),
    ("... from an address", "ip-activity", "sourceIPAddress = :ip"),
    ("... with a user agent", "agent-activity", "userAgent"),
    ("... to a resource", "resource-activity", "resources"),
    ("first and last seen of a key", "key-first-and-last-seen", "min(eventTime)"),
    ("first and last seen of principals", "principals-first-and-last-seen", "max(eventTime)"),
    ("console sign-ins", "console-sign-ins", "ConsoleLogin"),
    ("failed ones", "failed-console-sign-ins", "Failure"),
    ("those without MFA", "console-sign-ins-without-mfa", "MFAUsed"),
    ("those from new addresses", "console-sign-ins-from-new-addresses", "sourceIPAddress"),
    ("root use", "root-use", "Root"),
    ("IAM policy changes", "iam-policy-changes", "PutUserPolicy"),
    ("privilege escalation", "privilege-escalation", "SetDefaultPolicyVersion"),
    ("access keys", "access-keys-made-and-changed", "CreateAccessKey"),
    ("login profiles", "login-profiles-and-mfa", "CreateLoginProfile"),
    ("users and roles created", "created-principals-and-keys", "CreateUser"),
    ("trusts", "trust-policy-changes", "UpdateAssumeRolePolicy"),
    ("AssumeRole by whom into what", "assumed-roles", "AssumeRole"),
    ("... denied", "assume-role-denied", "errorCode"),
    ("cross-account access", "cross-account-access", "recipientAccountId"),
    ("security groups", "security-group-changes", "AuthorizeSecurityGroupIngress"),
    ("object access by principal and volume", "object-access-by-principal", "bytesTransferredOut"),
    ("secrets", "secrets-and-parameters-read", "GetSecretValue"),
    ("parameters", "secrets-and-parameters-read", "GetParameter"),
    ("KMS use", "kms-use", "Decrypt"),
    ("snapshots shared", "snapshots-and-images-shared", "ModifySnapshotAttribute"),
    ("AMIs shared", "snapshots-and-images-shared", "ModifyImageAttribute"),
    ("databases shared or deleted", "databases-shared-or-deleted", "DeleteDBInstance"),
    ("user data", "instance-user-data-changes", "ModifyInstanceAttribute"),
    ("SSM commands", "commands-and-sessions-on-instances", "SendCommand"),
    ("SSM sessions", "commands-and-sessions-on-instances", "StartSession"),
    ("instance credentials elsewhere", "instance-credentials-elsewhere", "i-"),
    ("trail tampering", "log-tampering", "StopLogging"),
    ("Regions never used before", "regions-never-used-before", "awsRegion"),
    ("errors by code and principal", "errors-by-code", "errorCode"),
    ("errors by principal", "errors-by-principal", "errorCode"),
    ("AccessDenied bursts", "access-denied-bursts", "Denied"),
    ("SES abuse", "email-sending-changes", "ses.amazonaws.com"),
    ("organisation changes", "organisation-changes", "organizations.amazonaws.com"),
    ("support access", "support-access", "support"),
    ("TLS versions", "tls-versions", "tlsVersion"),
    ("top talkers", "top-talkers", "count(*)"),
    ("events per hour", "events-per-hour", "'hour'"),
    ("days without logs", "days-without-events", "day"),
    ("deletions in 30 days", "deletions", "Delete"),
    ("S3 access pattern per bucket", "bucket-access-patterns", "bucketName"),
    ("changes per service", "changes-per-service", "eventSource"),
]


@pytest.mark.parametrize(("topic", "name", "names"), TOPICS)
def test_a_topic_has_its_query(topic: str, name: str, names: str) -> None:
    assert names in load_queries()[name].sql, topic


# calls that are met by a pattern, and the query whose answer they must be in
CALLS = [
    ("network-changes", "ec2", "CreateRoute"),
    ("network-changes", "ec2", "ReplaceNetworkAclEntry"),
    ("network-changes", "ec2", "AttachInternetGateway"),
    ("bucket-configuration-changes", "s3", "PutBucketPolicy"),
    ("bucket-configuration-changes", "s3", "PutBucketAcl"),
    ("bucket-configuration-changes", "s3", "DeleteBucketPublicAccessBlock"),
    ("bucket-configuration-changes", "s3", "PutBucketLifecycle"),
    ("bucket-configuration-changes", "s3", "DeleteBucket"),
    ("lambda-changes", "lambda", "UpdateFunctionCode20150331v2"),
    ("lambda-changes", "lambda", "PublishLayerVersion20181031"),
    ("lambda-changes", "lambda", "AddPermission20150331v2"),
    ("detector-and-recorder-changes", "config", "StopConfigurationRecorder"),
    ("detector-and-recorder-changes", "guardduty", "DeleteDetector"),
    ("detector-and-recorder-changes", "ec2", "DeleteFlowLogs"),
    ("log-tampering", "cloudtrail", "StopLogging"),
    ("bedrock-use", "bedrock", "InvokeModel"),
    ("email-sending-changes", "ses", "VerifyEmailIdentity"),
    ("deletions", "s3", "DeleteBucket"),
    ("deletions", "kms", "ScheduleKeyDeletion"),
]


def test_calls_that_a_pattern_meets_are_in_the_answer(case: Case) -> None:
    made = [
        record(number, eventSource=f"{source}.amazonaws.com", eventName=name, readOnly=False)
        for number, (_, source, name) in enumerate(CALLS)
    ]
    load(case, made)
    for query, _, name in CALLS:
        result = run_query(case, query, {})
        at = result.columns.index("eventName")
        assert name in {row[at] for row in result.rows}, (query, name)


def test_deletions_of_thirty_days_leave_older_ones_out(case: Case) -> None:
    now = datetime.now(UTC)
    made = [
        record(days, eventName="DeleteUser",
               eventTime=(now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ"))
        for days in (1, 29, 31)
    ]  # fmt: skip
    load(case, made)
    assert len(run_query(case, "deletions", {"since": "-30d"}).rows) == 2
    assert len(run_query(case, "deletions", {}).rows) == 3


def test_each_of_at_least_sixty_has_all_its_parts() -> None:
    queries = load_queries()
    assert len(queries) >= 60
    for query in queries.values():
        parts = (query.title, query.phase, query.description, query.attack, query.look_for)
        assert all((*parts, query.good, query.sql)), query.name
        for each in query.parameters:
            assert each.type and each.description, (query.name, each.name)
            assert each.required or each.default is None or each.default != "", query.name
