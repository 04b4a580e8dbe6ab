"""Which service a signed request is for, and what CloudTrail calls that service."""

from __future__ import annotations

# The name in the signature's scope is botocore's service name, except for these.
_SERVICE_OF_SIGNING_NAME = {
    "monitoring": "cloudwatch",
    "email": "ses",
    "states": "stepfunctions",
    "elasticloadbalancing": "elbv2",
    "elasticfilesystem": "efs",
    "elasticmapreduce": "emr",
    "sso": "sso-admin",
    "tagging": "resourcegroupstaggingapi",
    "access-analyzer": "accessanalyzer",
    "es": "opensearch",
}

# The prefix of IAM actions, where it is not the signing name.
_ACTION_PREFIX = {"cloudwatch": "cloudwatch", "ses": "ses", "s3control": "s3"}

_EVENT_SOURCE = {"ses": "ses", "cloudwatch": "monitoring", "s3control": "s3"}

# Their records are always written with us-east-1, whatever Region the caller named.
_GLOBAL_SERVICES = frozenset({"iam", "organizations", "cloudfront", "route53", "account"})


_CLASSIC_BALANCERS = "2012-06-01"


def service_of(signing_name: str, path: str, version: str = "") -> str:
    """botocore's service name for what a signature and a request say.

    Args:
        signing_name: of the signature's scope.
        path: the request's.
        version: its API version, where it names one: two kinds of load balancers share a name.
    """
    if signing_name == "elasticloadbalancing" and version == _CLASSIC_BALANCERS:
        return "elb"
    if signing_name == "s3" and path.startswith("/v20180820/"):
        return "s3control"
    return _SERVICE_OF_SIGNING_NAME.get(signing_name, signing_name)


def action_prefix(service: str, signing_name: str) -> str:
    """The part of an IAM action before the colon."""
    return _ACTION_PREFIX.get(service, signing_name)


def event_source(service: str, signing_name: str) -> str:
    """What CloudTrail writes as eventSource."""
    return f"{_EVENT_SOURCE.get(service, signing_name)}.amazonaws.com"


def event_region(service: str, signed_region: str) -> str:
    """What CloudTrail writes as awsRegion."""
    return "us-east-1" if service in _GLOBAL_SERVICES else signed_region
