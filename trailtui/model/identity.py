"""The one place that says who acted, from a record's userIdentity.

Source of the fields: CloudTrail userIdentity element reference. What differs by type:
an assumed role's stable principal is the role, not the session; a federated user's is the
federated name, and the user it came from is its issuer; a service's is its host name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from trailtui.model.times import parse_event_time

_ASSUMED_ROLE = re.compile(
    r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d*):assumed-role/(?P<role>[^/]+)/(?P<session>.+)"
)

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who acted in a record; None where the record does not say."""

    type: str | None = None
    arn: str | None = None
    principal: str | None = None
    """Stable name of who acted: user or role ARN, root ARN, service name, or the best there is."""
    principal_id: str | None = None
    account: str | None = None
    user_name: str | None = None
    credential: str | None = None
    """The access key id (AKIA…, ASIA…) that signed the call."""
    session_name: str | None = None
    issuer_type: str | None = None
    issuer_arn: str | None = None
    issuer_account: str | None = None
    session_created_ms: int | None = None
    mfa: bool | None = None
    invoked_by: str | None = None
    source_identity: str | None = None
    on_behalf_of: str | None = None
    """`userId@identityStore` of the Identity Center user behind the session."""

    def as_row(self) -> tuple[str | int | None, ...]:
        """The values in the order of the columns of `actors`."""
        return (
            self.type,
            self.arn,
            self.principal,
            self.principal_id,
            self.account,
            self.user_name,
            self.credential,
            self.session_name,
            self.issuer_type,
            self.issuer_arn,
            self.issuer_account,
            self.session_created_ms,
            None if self.mfa is None else int(self.mfa),
            self.invoked_by,
            self.source_identity,
            self.on_behalf_of,
        )


NOBODY = Identity()


def resolve_identity(user_identity: object) -> Identity:
    """Who acted, from a decoded userIdentity of whatever shape; never raises."""
    if not isinstance(user_identity, Mapping):
        return NOBODY
    fields = _lowered(user_identity)  # pyright: ignore[reportUnknownArgumentType]
    context = _mapping(fields, "sessioncontext")
    issuer = _mapping(context, "sessionissuer")
    attributes = _mapping(context, "attributes")
    arn = _text(fields, "arn")
    assumed = _ASSUMED_ROLE.fullmatch(arn or "")
    issuer_arn = _text(issuer, "arn") or _role_of(assumed)
    kind = _text(fields, "type")
    created = _text(attributes, "creationdate")
    return Identity(
        type=kind,
        arn=arn,
        principal=_principal(fields, kind, arn, issuer_arn),
        principal_id=_text(fields, "principalid"),
        account=_text(fields, "accountid") or (assumed["account"] if assumed else None) or None,
        user_name=_text(fields, "username"),
        credential=_text(fields, "accesskeyid"),
        session_name=assumed["session"] if assumed else None,
        issuer_type=_text(issuer, "type"),
        issuer_arn=issuer_arn,
        issuer_account=_text(issuer, "accountid"),
        session_created_ms=parse_event_time(created) if created else None,
        mfa=_truth(attributes.get("mfaauthenticated")),
        invoked_by=_text(fields, "invokedby"),
        source_identity=_text(context, "sourceidentity"),
        on_behalf_of=_on_behalf_of(fields),
    )


def _principal(fields: Json, kind: str | None, arn: str | None, issuer: str | None) -> str | None:
    """The stable name, by what each type is known to carry."""
    account = _text(fields, "accountid")
    if kind == "AssumedRole" and issuer:
        return issuer
    if kind == "Root":
        return arn or (f"arn:aws:iam::{account}:root" if account else "root")
    if kind == "IdentityCenterUser":
        return _on_behalf_of(fields) or _text(fields, "principalid")
    invoked_by = _text(fields, "invokedby")
    if kind == "AWSService" and invoked_by:
        return invoked_by
    if kind == "AWSAccount":
        return arn or _text(fields, "principalid") or account
    return arn or _text(fields, "principalid") or _text(fields, "username") or invoked_by or account


def _role_of(assumed: re.Match[str] | None) -> str | None:
    """The role's ARN from its session's ARN; the role's path is not in it."""
    if assumed is None:
        return None
    return f"arn:{assumed['partition']}:iam::{assumed['account']}:role/{assumed['role']}"


def _on_behalf_of(fields: Json) -> str | None:
    behalf = _mapping(fields, "onbehalfof")
    user = _text(behalf, "userid")
    store = _text(behalf, "identitystorearn")
    if not user:
        return None
    return f"{user}@{store.rpartition('/')[2]}" if store else user


def _lowered(mapping: Mapping[object, object]) -> dict[str, object]:
    return {str(key).lower(): value for key, value in mapping.items()}


def _mapping(fields: Json, key: str) -> dict[str, object]:
    value = fields.get(key)
    if not isinstance(value, Mapping):
        return {}
    return _lowered(value)  # pyright: ignore[reportUnknownArgumentType]


def _text(fields: Json, key: str) -> str | None:
    value = fields.get(key)
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return None
