"""The condition keys of a request.

Source: IAM User Guide, "AWS global condition context keys"; Service Authorization Reference.
A key that is named here with None is one that such a request does not carry. A key that is
not named here at all makes a condition raise.
"""

from __future__ import annotations

from datetime import UTC, datetime

from trailtui.sim import moto_trails
from trailtui.sim.conditions import Context
from trailtui.sim.dynamic import Dynamic, fields, listed
from trailtui.sim.identity import Credential, IamView, Kind
from trailtui.sim.protocol import ApiCall

# Present only in calls that a service makes, or a member of an organisation.
_NEVER = (
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:vpcsourceip",
    "aws:chatbotsourcearn",
    "aws:ec2instancesourcevpc",
    "aws:ec2instancesourceprivateipv4",
    "aws:referer",
    "kms:viaservice",
    "kms:grantisforawsresource",
    # Of sessions from elsewhere; those that have them carry them.
    "identitystore:identitystorearn",
    "identitystore:userid",
    "saml:aud",
    "saml:iss",
    "saml:sub",
    "saml:sub_type",
    "saml:namequalifier",
    "saml:doc",
    "sts:taskpolicyarn",
)
# Families: a key of one that is not named is absent.
_FAMILIES = ("aws:principaltag/", "aws:requesttag/")


def _principal_tags(caller: Credential, view: IamView) -> dict[str, str]:
    owners = view.roles if caller.kind is Kind.ASSUMED_ROLE else view.users
    owner = owners.get(caller.issuer)
    return {f"aws:principaltag/{k.lower()}": v for k, v in (owner.tags if owner else ())}


def _request_tags(call: ApiCall) -> dict[str, str | list[str] | None]:
    """aws:RequestTag/… and aws:TagKeys, of a list of tags in a request, also EC2's."""
    given: list[Dynamic] = []
    for member in ("Tags", "tags", "TagList"):
        found = call.params.get(member)
        named = fields(found)
        given += [{"Key": k, "Value": v} for k, v in named.items()] or listed(found)
    for one in listed(call.params.get("TagSpecifications")) if call.service == "ec2" else []:
        given += listed(one.get("Tags"))
    pairs_of = [(t.get("Key", t.get("TagKey")), t.get("Value", t.get("TagValue"))) for t in given]
    names: list[str] = [str(name) for name, _ in pairs_of]
    names += listed(call.params.get("TagKeys"))
    return {f"aws:requesttag/{str(k).lower()}": str(v) for k, v in pairs_of} | {
        "aws:tagkeys": names or None
    }


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def principal_arn(caller: Credential, view: IamView) -> str:
    """aws:PrincipalArn: of a role session it is the role's ARN, of a user's session the user's."""
    if caller.kind is Kind.ASSUMED_ROLE and caller.issuer in view.roles:
        return view.roles[caller.issuer].arn
    return caller.arn


def context_of(call: ApiCall, caller: Credential, view: IamView, now: datetime) -> Context:
    """All condition keys that the simulator knows, for one request."""
    params = call.params
    is_user = caller.kind in (Kind.ACCESS_KEY, Kind.SESSION_TOKEN)
    # Long-term keys carry neither the time of issue nor the MFA keys.
    session = caller.temporary
    values: dict[str, str | list[str] | None] = dict.fromkeys((*_NEVER, *_FAMILIES))
    values |= _principal_tags(caller, view) | _request_tags(call)
    values |= {
        "aws:tokenissuetime": _iso(caller.issued_at) if session else None,
        "aws:multifactorauthpresent": str(caller.mfa).lower() if session else None,
        "aws:multifactorauthage": str(int((now - caller.issued_at).total_seconds()))
        if session and caller.mfa
        else None,
        "aws:principalarn": principal_arn(caller, view),
        "aws:principalaccount": caller.account,
        "aws:principaltype": {
            Kind.ROOT: "Account",
            Kind.ASSUMED_ROLE: "AssumedRole",
            Kind.FEDERATION: "FederatedUser",
            Kind.ANONYMOUS: "Anonymous",
        }.get(caller.kind, "User"),
        "aws:federatedprovider": dict(caller.federated).get("federatedProvider"),
        "aws:principalisawsservice": "false",
        "aws:viaawsservice": "false",
        "aws:userid": caller.principal_id,
        "aws:username": caller.issuer if is_user else None,
        "aws:sourceip": call.source_ip,
        "aws:sourceidentity": caller.source_identity,
        "aws:currenttime": _iso(now),
        "aws:epochtime": str(int(now.timestamp())),
        "aws:requestedregion": call.region,
        "aws:resourceaccount": caller.account,
        "aws:useragent": call.user_agent,
        # The loopback connection stands for the TLS connection that AWS would have.
        "aws:securetransport": "true",
        "sts:externalid": params.get("ExternalId"),
        "sts:rolesessionname": params.get("RoleSessionName"),
        "sts:sourceidentity": params.get("SourceIdentity"),
        "sts:taskpolicyarn": fields(params.get("TaskPolicyArn")).get("arn"),
        "iam:policyarn": params.get("PolicyArn") if call.service == "iam" else None,
        "iam:permissionsboundary": params.get("PermissionsBoundary"),
        "iam:awsservicename": params.get("AWSServiceName"),
        "iam:passedtoservice": None,
        "s3:prefix": params.get("Prefix") if call.service == "s3" else None,
        "s3:delimiter": params.get("Delimiter") if call.service == "s3" else None,
        "s3:versionid": params.get("VersionId") if call.service == "s3" else None,
    }
    organisation = moto_trails.organisation_of(caller.account)
    if organisation is not None:
        values["aws:principalorgid"] = organisation.id
        del values["aws:principalorgpaths"]  # present, but the simulator does not know it
    return values | dict(caller.carried)
