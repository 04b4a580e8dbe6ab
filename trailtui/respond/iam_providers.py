"""Ways in from outside: SAML and OpenID Connect providers, and trust anchors of Roles Anywhere."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import NotFound
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Permissions,
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.case_changes import recorded
from trailtui.respond.iam_principals import refuse_other_account
from trailtui.respond.looking import Around

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_PROVIDER = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):(saml|oidc)-provider/([\x21-\x7e]+)")
_ANCHOR = re.compile(r"arn:aws[\w-]*:rolesanywhere:([\w-]+):(\d{12}):trust-anchor/([\w-]+)")


def _find_provider(scene: Scene, target: str) -> Subject:
    found = _PROVIDER.fullmatch(target.strip())
    if not found:
        raise Refusal("this is no ARN of an identity provider", where=target)
    refuse_other_account(scene, found[1], target)
    if found[3].startswith("AWSSSO_"):
        raise Refusal(
            "it is a provider of Identity Center, which alone may change it", where=target
        )
    subject = Subject(f"{found[2]}-provider", found[3], found[0], found[1], found[3])
    if _read_provider(scene.aws, subject)["provider"] is None:
        raise Refusal("there is no such provider", where=target)
    return subject


def _read_provider(aws: "AwsSession", subject: Subject) -> State:
    """All that AWS shows of a provider and takes to make it again."""
    try:
        if subject.kind == "saml-provider":
            told = aws.read("iam", "GetSAMLProvider", SAMLProviderArn=subject.arn).values
            made = {"SAMLMetadataDocument": told["SAMLMetadataDocument"]}
        else:
            named = {"OpenIDConnectProviderArn": subject.arn}
            told = aws.read("iam", "GetOpenIDConnectProvider", **named).values
            made = {
                "Url": f"https://{told['Url'].removeprefix('https://')}",
                "ClientIDList": sorted(told.get("ClientIDList", [])),
                "ThumbprintList": list(told.get("ThumbprintList", [])),
            }
    except NotFound:
        return {"provider": None}
    tags: list[Any] = sorted(told.get("Tags", []), key=lambda tag: tag["Key"])
    return {"provider": {**made, **({"Tags": tags} if tags else {})}}


def _remove(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present["provider"] is None:
        raise AlreadyDone("the provider is gone already", where=subject.id)
    if subject.kind == "saml-provider":
        call = ApiCall("iam", "DeleteSAMLProvider", {"SAMLProviderArn": subject.arn})
    else:
        named = {"OpenIDConnectProviderArn": subject.arn}
        call = ApiCall("iam", "DeleteOpenIDConnectProvider", named)
    return Change((call,), {"provider": None})


def _restore(subject: Subject, prior: State, _left: State) -> Change:
    made = dict(prior["provider"])
    if subject.kind == "saml-provider":
        return Change(
            (ApiCall("iam", "CreateSAMLProvider", {"Name": subject.name, **made}),), prior
        )
    return Change((ApiCall("iam", "CreateOpenIDConnectProvider", made),), prior)


def _look_at_provider(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = Around(scene.aws)
    around.fact("provider", subject.arn)
    names = ("CreateSAMLProvider", "UpdateSAMLProvider", "CreateOpenIDConnectProvider")
    for call in recorded(scene.case, subject.account, names):
        if subject.arn in map(str, (*call.request.values(), *call.answer.values())):
            around.fact("made or changed", call.says())
    around.warnings.append(
        "Roles that trust it keep it in their trust policies: look at them (restore-role-trust). "
        "Whoever makes a provider of the same name is trusted by them."
    )
    certainty = f"IAM knows {subject.arn}. Which roles trust it is not looked at."
    return Surroundings(tuple(around.facts), tuple(around.warnings), certainty)


def _find_anchor(scene: Scene, target: str) -> Subject:
    found = _ANCHOR.fullmatch(target.strip())
    if not found:
        raise Refusal("this is no ARN of a trust anchor", where=target)
    refuse_other_account(scene, found[2], target)
    subject = Subject("trust-anchor", found[3], found[0], found[2], found[3], found[1])
    if _read_anchor(scene.aws, subject)["enabled"] is None:
        raise Refusal("there is no such trust anchor", where=target)
    return subject


def _read_anchor(aws: "AwsSession", subject: Subject) -> State:
    here = aws.in_region(subject.region)
    try:
        told = here.read("rolesanywhere", "GetTrustAnchor", trustAnchorId=subject.name).values
    except NotFound:
        return {"enabled": None}
    return {"enabled": bool(told["trustAnchor"]["enabled"])}


def _switch(operation: str, subject: Subject) -> ApiCall:
    named = {"trustAnchorId": subject.name}
    return ApiCall("rolesanywhere", operation, named, subject.region)


def _disable(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if not present["enabled"]:
        raise AlreadyDone("the trust anchor is disabled or gone", where=subject.id)
    return Change((_switch("DisableTrustAnchor", subject),), {"enabled": False})


def _enable(subject: Subject, prior: State, _left: State) -> Change:
    return Change((_switch("EnableTrustAnchor", subject),), prior)


def _holds(expected: State, present: State) -> bool:
    """As expected; what is meant to be disabled may also be gone."""
    gone = expected["enabled"] is False and present["enabled"] is None
    return gone or same_state(expected, present)


def _look_at_anchor(_scene: Scene, subject: Subject, _present: State) -> Surroundings:
    certainty = f"Roles Anywhere knows {subject.arn}. Who holds its certificates is not known."
    return Surroundings((), (), certainty)


REMOVE_IDENTITY_PROVIDER = Action(
    name="remove-identity-provider",
    title="Remove an identity provider",
    subject_kind="identity-provider",
    parameters=(),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "iam:GetSAMLProvider", "iam:GetOpenIDConnectProvider"),
        look=(),
        apply=(
            "iam:DeleteSAMLProvider",
            "iam:DeleteOpenIDConnectProvider",
            "iam:GetSAMLProvider",
            "iam:GetOpenIDConnectProvider",
        ),
        undo=(
            "iam:CreateSAMLProvider",
            "iam:CreateOpenIDConnectProvider",
            "iam:TagSAMLProvider",
            "iam:TagOpenIDConnectProvider",
            "iam:GetSAMLProvider",
            "iam:GetOpenIDConnectProvider",
        ),
    ),
    does="Deletes the SAML or OpenID Connect provider: nobody whom it vouches for gets a new "
    "session of a role.",
    does_not_stop=(
        "Sessions that were begun through it: revoke those of each role that trusts it.",
        "Whoever made it can make it again: contain that credential first.",
    ),
    can_hurt=("Everybody who signs in through it, pipelines among them, is locked out.",),
    undo_says="Makes the provider again with the same ARN, document or URL, clients, thumbprints "
    "and tags. Private keys for encrypted SAML assertions can't be read and are not put back.",
    undo_warns="The attacker's provider is trusted again.",
    find=_find_provider,
    read=_read_provider,
    change=_remove,
    restore=_restore,
    holds=same_state,
    look_around=_look_at_provider,
    order=Order.SOURCES,
)

DISABLE_TRUST_ANCHOR = Action(
    name="disable-trust-anchor",
    title="Disable a trust anchor of Roles Anywhere",
    subject_kind="trust-anchor",
    parameters=(),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "rolesanywhere:GetTrustAnchor"),
        look=(),
        apply=("rolesanywhere:DisableTrustAnchor", "rolesanywhere:GetTrustAnchor"),
        undo=("rolesanywhere:EnableTrustAnchor", "rolesanywhere:GetTrustAnchor"),
    ),
    does="Disables the trust anchor: certificates that it vouches for get no new session.",
    does_not_stop=(
        "Sessions that were begun through it: revoke those of each role of its profiles.",
        "Other trust anchors.",
    ),
    can_hurt=("Every machine outside AWS that comes in through it is locked out.",),
    undo_says="Enables the trust anchor again.",
    undo_warns="Whoever holds a certificate that it vouches for can come in again.",
    find=_find_anchor,
    read=_read_anchor,
    change=_disable,
    restore=_enable,
    holds=_holds,
    look_around=_look_at_anchor,
    order=Order.SOURCES,
    region_bound=True,
)

ACTIONS = (REMOVE_IDENTITY_PROVIDER, DISABLE_TRUST_ANCHOR)
