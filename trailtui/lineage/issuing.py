"""What a call issues: sessions, keys, passwords, users and roles, named in its answer.

Source of the fields: STS, IAM, Roles Anywhere and sign-in records as CloudTrail writes them.
"""

from collections.abc import Callable

from trailtui.lineage.calls import Call, items, key_id, part, spoken_ms, text
from trailtui.lineage.drafts import (
    ASSUME_ROOT_LIMIT_MS,
    CHAINED_LIMIT_MS,
    CONSOLE_LIMIT_MS,
    ROLE_LIMIT_MS,
    ROOT_LIMIT_MS,
    USER_LIMIT_MS,
    Draft,
    Found,
    account_of,
    last_name,
    role_of_session,
    session_of_role,
)
from trailtui.lineage.nodes import Certainty, NodeKind
from trailtui.model.times import format_utc

_STS, _IAM, _SIGN_IN = "sts.amazonaws.com", "iam.amazonaws.com", "signin.amazonaws.com"


def issued(call: Call) -> list[Found]:
    """What a call issued by naming it in its answer; nothing for other calls."""
    read = ISSUERS.get((call.source, call.name))
    return read(call) if read else []


def _given(call: Call, child: Draft, says: str) -> list[Found]:
    return [Found(child, call.name, (call.row,), Certainty.ISSUED, says)]


def _expiry(call: Call, *path: str) -> int | None:
    """When it expires, by the answer, else by the wish."""
    told = spoken_ms(text(call.response, *path, "expiration"))
    if told is not None:
        return told
    seconds = text(call.request, "durationSeconds")
    if seconds and seconds.isascii() and seconds.isdigit() and len(seconds) < 7:
        return call.at_ms + int(seconds) * 1000
    return None


def role_session(call: Call) -> Draft | None:
    """The session of a role that a call of STS gave; its id is empty where the answer is missing.

    None where not even the role and the session's name are there.
    """
    session = text(call.response, "assumedRoleUser", "arn")
    role = text(call.request, "roleArn") or role_of_session(session)
    session = session or session_of_role(role, text(call.request, "roleSessionName"))
    if role is None or session is None:
        return None
    chained = call.caller.type == "AssumedRole"
    return Draft(
        id=key_id(call.response, "credentials", "accessKeyId") or "",
        kind=NodeKind.SESSION,
        account=account_of(role),
        principal=role,
        name=session.partition("assumed-role/")[2].partition("/")[2],
        issued_ms=call.at_ms,
        expires_ms=_expiry(call, "credentials"),
        limit_ms=CHAINED_LIMIT_MS if chained else ROLE_LIMIT_MS,
        principal_id=text(call.response, "assumedRoleUser", "assumedRoleId"),
        session=session,
        source_identity=text(call.response, "sourceIdentity")
        or text(call.request, "sourceIdentity")
        or call.caller.source_identity,
    )


def _assume_role(call: Call) -> list[Found]:
    child = role_session(call)
    if child is None or not child.id:
        return []
    return _given(call, child, f"took the role {last_name(child.principal)} as {child.name}")


def _assume_root(call: Call) -> list[Found]:
    child_id = key_id(call.response, "credentials", "accessKeyId")
    if child_id is None:
        return []
    target = text(call.request, "targetPrincipal") or ""
    account = account_of(target) or (target if target.isdigit() else call.account)
    child = Draft(
        child_id, NodeKind.SESSION, account, f"arn:aws:iam::{account}:root", "root",
        call.at_ms, _expiry(call, "credentials"), ASSUME_ROOT_LIMIT_MS,
        source_identity=text(call.response, "sourceIdentity"),
    )  # fmt: skip
    return _given(call, child, f"became root of the account {account}")


def _own_session(call: Call) -> list[Found]:
    """GetSessionToken: the caller itself, with the same rights."""
    child_id = key_id(call.response, "credentials", "accessKeyId")
    if child_id is None:
        return []
    is_root = call.caller.type == "Root"
    child = Draft(
        child_id, NodeKind.SESSION, call.caller.account or call.account, call.caller.principal,
        call.caller.user_name or ("root" if is_root else ""), call.at_ms,
        _expiry(call, "credentials"), ROOT_LIMIT_MS if is_root else USER_LIMIT_MS,
        principal_id=call.caller.principal_id, session=call.caller.arn,
    )  # fmt: skip
    return _given(call, child, "asked for a session of its own, which outlives the key")


def _federated(call: Call) -> list[Found]:
    child_id = key_id(call.response, "credentials", "accessKeyId")
    if child_id is None:
        return []
    arn = text(call.response, "federatedUser", "arn")
    child = Draft(
        child_id, NodeKind.SESSION, call.caller.account or call.account, call.caller.principal,
        f"federated {text(call.request, 'name') or last_name(arn)}", call.at_ms,
        _expiry(call, "credentials"),
        ROOT_LIMIT_MS if call.caller.type == "Root" else USER_LIMIT_MS,
        principal_id=text(call.response, "federatedUser", "federatedUserId"), session=arn,
    )  # fmt: skip
    return _given(call, child, "asked for a federated session, which outlives the key")


def _signin_token(call: Call) -> list[Found]:
    """A token to sign in with by these credentials; the key that the console gets may be named."""
    caller = call.caller
    console = console_draft(call, caller.arn or caller.principal or "", caller.principal)
    console.session = caller.arn
    found = _given(call, console, "asked for a token to sign in to the console with")
    child_id = key_id(call.response, "credentials", "accessKeyId")
    if child_id and child_id != caller.credential:
        key = Draft(
            child_id, NodeKind.SESSION, caller.account, caller.principal,
            caller.session_name or caller.user_name or "", call.at_ms, None, CONSOLE_LIMIT_MS,
            principal_id=caller.principal_id, session=caller.arn,
            source_identity=caller.source_identity,
        )  # fmt: skip
        found += _given(call, key, "got the key that the console signs with")
    return found


def console_draft(call: Call, who: str, principal: str | None) -> Draft:
    """A sign-in of `who` at the moment of a call."""
    return Draft(
        f"console {who} {format_utc(call.at_ms)}", NodeKind.CONSOLE,
        account_of(who) or call.account, principal, last_name(who), call.at_ms, None,
        CONSOLE_LIMIT_MS, session=who, event=call.row,
    )  # fmt: skip


def _access_key(call: Call) -> list[Found]:
    child_id = key_id(call.response, "accessKey", "accessKeyId")
    if child_id is None:
        return []
    user = text(call.response, "accessKey", "userName") or text(call.request, "userName")
    principal = user_arn(call, user) if user else call.caller.principal
    child = Draft(
        child_id, NodeKind.ACCESS_KEY, account_of(principal) or call.account, principal,
        user or "root", call.at_ms,
    )  # fmt: skip
    return _given(call, child, f"made an access key of {user or 'its own'}")


def user_arn(call: Call, user: str) -> str:
    """The ARN of a user of the call's account; of the caller itself as its records have it."""
    own = call.caller.principal
    if own and ":user/" in own and last_name(own) == user:
        return own
    partition = own.split(":")[1] if own and own.startswith("arn:") else "aws"
    return f"arn:{partition}:iam::{call.account}:user/{user}"


def _user(call: Call) -> list[Found]:
    name = text(call.response, "user", "userName") or text(call.request, "userName")
    if not name:
        return []
    arn = text(call.response, "user", "arn") or user_arn(call, name)
    child = Draft(
        arn, NodeKind.USER, account_of(arn) or call.account, arn, name, call.at_ms,
        principal_id=text(call.response, "user", "userId"), owned=True,
    )  # fmt: skip
    return _given(call, child, f"made the user {name}")


def _password(call: Call) -> list[Found]:
    name = text(call.request, "userName") or text(call.response, "loginProfile", "userName")
    if not name:
        return []
    if call.name == "UpdateLoginProfile" and text(call.request, "password") is None:
        # The record hides the password, so that the call may have set one or only the reset flag.
        says = f"changed the console password of {name}, or whether it must be changed"
    else:
        says = f"gave {name} a console password"
    arn = user_arn(call, name)
    child = Draft(
        f"{arn} password", NodeKind.LOGIN, account_of(arn), arn, name, call.at_ms, owned=True
    )
    return _given(call, child, says)


def _role(call: Call) -> list[Found]:
    name = text(call.response, "role", "roleName") or text(call.request, "roleName")
    if not name:
        return []
    partition = (call.caller.arn or "arn:aws").split(":")[1]
    arn = text(call.response, "role", "arn") or f"arn:{partition}:iam::{call.account}:role/{name}"
    child = Draft(
        arn, NodeKind.ROLE, account_of(arn) or call.account, arn, name, call.at_ms,
        principal_id=text(call.response, "role", "roleId"), owned=True,
    )  # fmt: skip
    return _given(call, child, f"made the role {name}")


def _anywhere(call: Call) -> list[Found]:
    """Roles Anywhere: a certificate gets sessions of a role."""
    found: list[Found] = []
    for one in items(call.response, "credentialSet"):
        child_id = key_id(one, "credentials", "accessKeyId")
        session = text(one, "assumedRoleUser", "arn")
        role = text(one, "roleArn") or text(call.request, "roleArn") or role_of_session(session)
        if child_id is None:
            continue
        expires = spoken_ms(text(one, "credentials", "expiration")) or _expiry(call, "credentials")
        child = Draft(
            child_id, NodeKind.SESSION, account_of(role), role, last_name(session), call.at_ms,
            expires, ROLE_LIMIT_MS,
            principal_id=text(one, "assumedRoleUser", "assumedRoleId"), session=session,
            source_identity=text(one, "sourceIdentity"),
        )  # fmt: skip
        found += _given(call, child, f"a certificate took the role {last_name(role)}")
    return found


def _provider(call: Call) -> list[Found]:
    arn = (
        text(call.response, "sAMLProviderArn")
        or text(call.response, "openIDConnectProviderArn")
        or text(call.response, "trustAnchor", "trustAnchorArn")
    )
    if not arn:
        return []
    child = Draft(
        arn, NodeKind.PROVIDER, account_of(arn), arn, last_name(arn), call.at_ms, owned=True
    )
    return _given(call, child, f"made the identity provider {last_name(arn)}")


def _directory_user(call: Call) -> list[Found]:
    """A user of Identity Center's own directory."""
    user = text(call.response, "user", "userId") or text(call.response, "userId")
    if not user:
        return []
    store = text(call.request, "identityStoreId")
    identity = f"{user}@{store}" if store else user
    child = Draft(identity, NodeKind.IDENTITY, call.account, identity, user, call.at_ms, owned=True)
    return _given(call, child, "made a user of Identity Center")


def _pool_identity(call: Call) -> list[Found]:
    child_id = key_id(call.response, "credentials", "accessKeyId")
    if child_id is None:
        return []
    told = part(call.response, "credentials")
    child = Draft(
        child_id, NodeKind.SESSION, call.account, None, text(call.request, "identityId") or "",
        call.at_ms, spoken_ms(text(told, "expiration")), ROLE_LIMIT_MS,
    )  # fmt: skip
    return _given(call, child, "an identity pool gave a session of its role")


ISSUERS: dict[tuple[str, str], Callable[[Call], list[Found]]] = {
    (_STS, "AssumeRole"): _assume_role,
    (_STS, "AssumeRoleWithSAML"): _assume_role,
    (_STS, "AssumeRoleWithWebIdentity"): _assume_role,
    (_STS, "AssumeRoot"): _assume_root,
    (_STS, "GetSessionToken"): _own_session,
    (_STS, "GetFederationToken"): _federated,
    (_SIGN_IN, "GetSigninToken"): _signin_token,
    (_IAM, "CreateAccessKey"): _access_key,
    (_IAM, "CreateUser"): _user,
    (_IAM, "CreateLoginProfile"): _password,
    (_IAM, "UpdateLoginProfile"): _password,
    (_IAM, "CreateRole"): _role,
    (_IAM, "CreateSAMLProvider"): _provider,
    (_IAM, "CreateOpenIDConnectProvider"): _provider,
    ("rolesanywhere.amazonaws.com", "CreateTrustAnchor"): _provider,
    ("rolesanywhere.amazonaws.com", "CreateSession"): _anywhere,
    ("sso-directory.amazonaws.com", "CreateUser"): _directory_user,
    ("identitystore.amazonaws.com", "CreateUser"): _directory_user,
    ("cognito-identity.amazonaws.com", "GetCredentialsForIdentity"): _pool_identity,
}
"""By source and name: how the call's answer is read."""

ASSUMING = frozenset({"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})
ISSUING = frozenset(name for _, name in ISSUERS)
KEY_ISSUING = frozenset(
    {*ASSUMING, "AssumeRoot", "GetSessionToken", "GetFederationToken", "GetSigninToken",
     "CreateAccessKey", "CreateSession", "GetCredentialsForIdentity"}
)  # fmt: skip
"""Calls whose answer names an access key id."""
