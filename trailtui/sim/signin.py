"""The console: sign-ins, switched roles and sign-in tokens, which no API of boto3 asks for.

Source: CloudTrail User Guide, "AWS Management Console sign-in events". A console session's keys
carry the moment of the sign-in as their creation date.
"""

from __future__ import annotations

from dataclasses import dataclass

from trailtui.sim import moto_backend, records
from trailtui.sim.credentials import Issue
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential, Kind, UserView
from trailtui.sim.operations.sts import check_assume
from trailtui.sim.operations.sts_shapes import find_role
from trailtui.sim.problems import CannotDecideError, ServiceError
from trailtui.sim.protocol import ApiCall, call_of
from trailtui.sim.world import World

HOURS = 12
"""How long a console session lasts."""


@dataclass(frozen=True)
class Place:
    """From where someone uses the console."""

    source_ip: str = "198.51.100.99"
    user_agent: str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    region: str = "us-east-1"


def _event(
    world: World, name: str, identity: dict[str, Dynamic], place: Place, extra: dict[str, Dynamic]
) -> None:
    """Write a record of the sign-in service."""
    account = str(identity["accountId"])
    world.records.append(
        {
            "eventVersion": "1.11",
            "userIdentity": identity,
            "eventTime": records.iso(world.clock.now()),
            "eventSource": "signin.amazonaws.com",
            "eventName": name,
            "awsRegion": place.region,
            "sourceIPAddress": place.source_ip,
            "userAgent": place.user_agent,
            "requestParameters": None,
            "eventID": world.new_uuid(),
            "readOnly": False,
            "eventType": "AwsConsoleSignIn",
            "managementEvent": True,
            "recipientAccountId": account,
            "eventCategory": "Management",
            **extra,
        }
    )


def _identity(caller: Credential, world: World) -> dict[str, Dynamic]:
    """The identity in records of the sign-in service: without the key."""
    identity = records.user_identity(caller, world)
    identity.pop("accessKeyId", None)
    if caller.kind in (Kind.SESSION_TOKEN, Kind.ROOT):
        identity.pop("sessionContext", None)
    return identity


def _login_extra(success: bool, mfa: bool) -> dict[str, Dynamic]:
    extra: dict[str, Dynamic] = {
        "responseElements": {"ConsoleLogin": "Success" if success else "Failure"},
        "additionalEventData": {
            "LoginTo": "https://console.aws.amazon.com/console/home",
            "MobileVersion": "No",
            "MFAUsed": "Yes" if mfa else "No",
        },
    }
    return extra if success else {"errorMessage": "Failed authentication", **extra}


def sign_in(
    world: World, user: str | None, password: str, place: Place, *, mfa: bool, account: str
) -> Credential:
    """Sign in to the console as an IAM user, or as a member account's root.

    Args:
        world: the account.
        user: the name; None: root, whose password is not checked.
        password: the one of the login profile.
        place: from where.
        mfa: whether a code of an MFA device was given.
        account: its number.
    Returns:
        the console's session.
    Raises:
        ServiceError: no such user, no or another password; a failed sign-in is recorded.
    """
    view = world.iam.view(account).users.get(user or "")
    known = moto_backend.iam(account).users.get(user) if user else None
    right = known is not None and known.password is not None and known.password == password
    if user is None:
        is_member = account != world.account
        right = not is_member or account in world.federation.root_passwords
    if not right or (user is not None and view is None):
        _event(world, "ConsoleLogin", _stranger(account, user), place, _login_extra(False, mfa))
        raise ServiceError("AccessDenied", "Your authentication information is incorrect.", 403)
    session = world.credentials.issue(_console_issue(world, account, view, mfa=mfa))
    _event(world, "ConsoleLogin", _identity(session, world), place, _login_extra(True, mfa))
    return session


def _stranger(account: str, user: str | None) -> dict[str, Dynamic]:
    identity: dict[str, Dynamic] = {"type": "IAMUser" if user else "Root", "accountId": account}
    return identity | ({"userName": user, "accessKeyId": ""} if user else {"principalId": account})


def _console_issue(world: World, account: str, user: UserView | None, *, mfa: bool) -> Issue:
    return Issue(
        kind=Kind.SESSION_TOKEN if user else Kind.ROOT,
        account=account,
        arn=user.arn if user else f"arn:aws:iam::{account}:root",
        principal_id=user.id if user else account,
        issuer=user.name if user else "",
        issuer_id=user.id if user else "",
        seconds=HOURS * 3600,
        issued_by=world.federation.password_makers.get(user.id) if user else None,
        issued_by_call="ConsoleLogin",
        mfa=mfa,
        from_console=True,
    )


def switch_role(world: World, session: Credential, role_arn: str, place: Place) -> Credential:
    """Switch from a console session to a role.

    Raises:
        ServiceError: the role does not trust the session, or its own policies refuse.
    """
    if not session.from_console:
        raise CannotDecideError("only a console session can switch roles")
    world.credentials.check(session.id)
    name = session.arn.rpartition("/")[2]
    params = {"RoleArn": role_arn, "RoleSessionName": name}
    call: ApiCall = call_of("sts", "AssumeRole", params, place.source_ip, place.user_agent)
    found = find_role(world, role_arn)
    if found is None:
        raise ServiceError("AccessDenied", "Could not switch roles using the provided details", 403)
    account, role = found
    check_assume(world, call, session, role)
    chained = session.kind is Kind.ASSUMED_ROLE
    taken = world.credentials.issue(
        Issue(
            kind=Kind.ASSUMED_ROLE,
            account=account,
            arn=f"arn:aws:sts::{account}:assumed-role/{role.name}/{name}",
            principal_id=f"{role.id}:{name}",
            issuer=role.name,
            issuer_id=role.id,
            seconds=3600 if chained else min(role.max_session_seconds, HOURS * 3600),
            issued_by=session.id,
            issued_by_call="SwitchRole",
            mfa=session.mfa,
            source_identity=session.source_identity,
            from_console=True,
        )
    )
    told = {
        "responseElements": {"SwitchRole": "Success"},
        "additionalEventData": {
            "SwitchFrom": session.arn,
            "RedirectTo": "https://console.aws.amazon.com/console/home",
        },
    }
    _event(world, "SwitchRole", _identity(taken, world), place, told)
    return taken


def federated_console(world: World, session: Credential, place: Place) -> Credential:
    """The console session that a sign-in token of a role's or federated session gives.

    The federation endpoint's getSigninToken and login; what the session may do stays the same,
    but IAM answers it.
    """
    world.credentials.check(session.id)
    if session.kind not in (Kind.ASSUMED_ROLE, Kind.FEDERATION) or session.expires_at is None:
        raise CannotDecideError("only role and federated sessions get sign-in tokens")
    identity = records.user_identity(session, world)
    token = {
        "responseElements": {"GetSigninToken": "Success"},
        "additionalEventData": {"MobileVersion": "No", "MFAUsed": "No"},
    }
    _event(world, "GetSigninToken", identity, place, token)
    left = int((session.expires_at - world.clock.now()).total_seconds())
    made = world.credentials.issue(
        Issue(
            kind=session.kind,
            account=session.account,
            arn=session.arn,
            principal_id=session.principal_id,
            issuer=session.issuer,
            issuer_id=session.issuer_id,
            seconds=left,
            issued_by=session.id,
            issued_by_call="GetSigninToken",
            session_policies=session.session_policies,
            mfa=session.mfa,
            source_identity=session.source_identity,
            from_console=True,
            carried=session.carried,
            federated=session.federated,
        )
    )
    _event(world, "ConsoleLogin", _identity(made, world), place, _login_extra(True, session.mfa))
    return made
