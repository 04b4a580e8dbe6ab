"""Words of Logs Insights' language: fields, texts, patterns, and moments as patterns.

Source: CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax". How texts
are ordered, how a boolean compares, and how quotes in a text are escaped is not documented there,
so nothing here depends on it: a moment is compared by a pattern over its digits.
"""

import re
from datetime import UTC, datetime, timedelta

UNSAFE = re.compile(r'["\\`\x00-\x1f\x7f\u0085\u2028\u2029]')
"""What a text can't hold: its escapes are not documented."""

TEXT_MEMBERS = frozenset((
    "accessKeyId", "accountId", "accountName", "analyzerName", "associationId",
    "assumeRolePolicyDocument", "authType", "bucketName", "caseId", "cidrBlock", "cidrIp",
    "cluster", "clusterIdentifier", "clusterName", "configRuleName", "configurationRecorderName",
    "dBClusterIdentifier", "dBClusterSnapshotIdentifier", "dBInstanceIdentifier",
    "dBSnapshotIdentifier", "deliveryChannelName", "destinationCidrBlock", "documentName",
    "domain", "emailAddress", "emailIdentity", "eventSourceArn", "executionRoleArn", "family",
    "functionName", "granteePrincipal", "groupName", "handshakeId", "httpTokens", "identity",
    "instanceId", "instanceOSUser", "instanceProfileName", "internetGatewayId", "keyId",
    "layerName", "logGroupName", "modelId", "natGatewayId", "networkAclId", "networkInterfaceId",
    "notebookInstanceName", "offerId", "openIDConnectProviderArn", "path", "peerVpcId",
    "phoneNumber", "policyArn", "policyDocument", "policyId", "policyName", "policyText",
    "prefix", "principalArn", "principalId", "projectName", "queueUrl", "quotaCode", "regionName",
    "repositoryName", "role", "roleARN", "roleArn", "roleName", "roleSessionName", "routeTableId",
    "ruleName", "s3Bucket", "s3BucketName", "sAMLProviderArn", "secretId", "serialNumber",
    "serviceCode", "serviceName", "servicePrincipal", "snapshotId", "snapshotIdentifier",
    "sourceArn", "sourceImageId", "sourceSnapshotId", "stackName", "subject", "subnetId",
    "tableArn", "tableName", "targetId", "taskDefinition", "topicArn", "trailName",
    "transitGatewayId", "uUID", "url", "userName", "virtualMFADeviceName", "volumeId", "vpcId",
    "vpcPeeringConnectionId",
))  # fmt: skip
"""Members of requests that are texts in every service whose model has them (botocore 1.44). Logs
Insights takes nested values apart and shows a boolean as 1 or 0, so of another member it would
answer something else."""
TEXT_PATHS = frozenset(
    {
        "responseElements.ConsoleLogin",
        "responseElements.accessKey.accessKeyId",
        "responseElements.accessKey.status",
        "responseElements.accessKey.userName",
        "responseElements.credentials.accessKeyId",
        "responseElements.credentials.expiration",
        "additionalEventData.LoginTo",
        "additionalEventData.MFAUsed",
    }
)
"""Further members that are texts wherever they stand."""

PRINCIPAL = (
    'fields concat(userIdentity.type, " ", userIdentity.sessionContext.sessionIssuer.arn) '
    "as whoIssuer",
    r"parse whoIssuer /^AssumedRole (?<whoRole>.+)$/",
    'fields concat(userIdentity.type, " ", userIdentity.arn) as whoSession',
    r"parse whoSession /^AssumedRole arn:(?<whoPartition>[a-zA-Z0-9_-]+):sts::"
    r"(?<whoAccount>[0-9]+):assumed-role\/(?<whoName>[^\/]+)\/.+$/",
    'fields concat("arn:", whoPartition, ":iam::", whoAccount, ":role/", whoName) as whoMade',
    r"parse whoMade /^(?<whoOfSession>arn:[^:]+:iam::[0-9]+:role\/.+)$/",
    'fields concat(userIdentity.type, " ", userIdentity.invokedBy) as whoInvoker',
    r"parse whoInvoker /^AWSService (?<whoService>.+)$/",
    'fields concat(userIdentity.type, " ", userIdentity.onBehalfOf.userId, "@", '
    "userIdentity.onBehalfOf.identityStoreArn) as whoBehalf",
    r"parse whoBehalf /^IdentityCenterUser (?<whoId>[^@]+)@.*?(?<whoStore>[^\/]+)$/",
    'fields concat(whoId, "@", whoStore) as whoPut',
    r"parse whoPut /^(?<whoPerson>[^@]+@.+)$/",
    "fields coalesce(whoRole, whoOfSession, whoService, whoPerson, userIdentity.arn, "
    "userIdentity.principalId, userIdentity.userName, userIdentity.invokedBy, "
    "userIdentity.accountId) as principal",
)
"""The stable name of who acted, as model.identity resolves it: what is tied to a type is taken out
of a text that begins with the type. Whatever concat makes of a field that is not there, the pattern
after it takes nothing from it."""


class Unwritable(Exception):
    """A value that can't be put into a query safely."""


def quoted(text: str) -> str:
    """A text; raises Unwritable for what would have to be escaped."""
    if UNSAFE.search(text):
        raise Unwritable(f"{text[:60]!r} can't be put safely into a Logs Insights query")
    return f'"{text}"'


def exactly(text: str) -> str:
    """A text within a pattern."""
    if UNSAFE.search(text):
        raise Unwritable(f"{text[:60]!r} can't be put safely into a Logs Insights query")
    return re.sub(r"([^A-Za-z0-9_ :,@-])", r"\\\1", text)


def like_pattern(text: str) -> str:
    """What LIKE means by a text, as a pattern between slashes."""
    anything = r"[\s\S]"
    body = "".join({"%": f"{anything}*", "_": anything}.get(one, exactly(one)) for one in text)
    return f"/{f'^{body}$'.removeprefix(f'^{anything}*').removesuffix(f'{anything}*$')}/"


def pattern(text: str) -> str:
    """A pattern of regexp_like, with its slashes escaped; raises Unwritable."""
    if re.search(r"[`\x00-\x1f\x7f]", text):
        raise Unwritable("this pattern can't be put safely into a Logs Insights query")
    return "/" + re.sub(r"(\\.)|/", lambda found: found[1] or r"\/", text) + "/"


def since(at_ms: int) -> str:
    """A pattern of the times (ISO 8601 in UTC) from a moment on."""
    digits = _digits(at_ms)
    kept = digits[:10] + re.sub(r"[T0:.]*$", "", digits[10:])
    found = [exactly(kept)]
    found += [
        f"{exactly(kept[:at])}[{_range(int(kept[at]) + 1, 9)}]"
        for at in range(len(kept) - 1, -1, -1)
        if kept[at].isdigit() and kept[at] != "9"
    ]
    return f"/^({'|'.join(found)})/"


def before(at_ms: int) -> str:
    """A pattern of the times before a moment."""
    digits = _digits(at_ms)
    found = [
        f"{exactly(digits[:at])}[{_range(0, int(digits[at]) - 1)}]"
        for at in range(len(digits))
        if digits[at].isdigit() and digits[at] != "0"
    ]
    # before a fraction are the bare second, and fewer digits of the same
    found += [
        f"{exactly(digits[:at])}Z" for at in (19, *range(21, len(digits))) if at < len(digits)
    ]
    return f"/^({'|'.join(found)})/"


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"


def _digits(at_ms: int) -> str:
    """`2026-03-01T08:00:00`, with a fraction where there is one; no zone."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    text = at.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{at_ms % 1000:03d}".rstrip("0") if at_ms % 1000 else text
