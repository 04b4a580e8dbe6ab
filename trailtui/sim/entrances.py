"""Ways into the account that no boto3 call leads through, for who plays people and machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from trailtui.sim import moto_identity_center, records, sessions, signin
from trailtui.sim.credentials import Issue
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.federation import Vouched
from trailtui.sim.identity import Credential, Kind
from trailtui.sim.operations import rolesanywhere
from trailtui.sim.problems import ServiceError
from trailtui.sim.signin import Place

if TYPE_CHECKING:
    from trailtui.sim.world import World

_DENIED = "No access"


class Entrances:
    """Console, identity providers, Identity Center, machines and functions.

    Each gives a credential of the account, or raises ServiceError where AWS would refuse.

    Args:
        world: the account.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.recording = True

    def sign_in(
        self,
        user: str | None,
        password: str = "",
        *,
        mfa: bool = False,
        place: Place = Place(),  # noqa: B008 - frozen
        account: str | None = None,
    ) -> Credential:
        """Sign in to the console as an IAM user (None: root); writes ConsoleLogin."""
        number = account or self._world.account
        return signin.sign_in(self._world, user, password, place, mfa=mfa, account=number)

    def switch_role(
        self,
        session: Credential,
        role_arn: str,
        *,
        place: Place = Place(),  # noqa: B008
    ) -> Credential:
        """Switch from a console session to a role; writes SwitchRole."""
        return signin.switch_role(self._world, session, role_arn, place)

    def console_of(
        self,
        session: Credential,
        *,
        place: Place = Place(),  # noqa: B008
    ) -> Credential:
        """Open the console with a role's or federated session: GetSigninToken, ConsoleLogin."""
        return signin.federated_console(self._world, session, place)

    def root_password(self, member: str) -> None:
        """Give a member account's root a password."""
        self._world.federation.root_passwords.add(member)

    def root_key(self, member: str) -> Credential:
        """Give the root of another account an access key: a member's, or an intruder's own."""
        return self._world.credentials.issue_root_key(member)

    def saml_assertion(
        self,
        provider_arn: str,
        role_arn: str,
        subject: str,
        *,
        claims: Mapping[str, str] | None = None,
        source_identity: str | None = None,
        audience: str = "https://signin.aws.amazon.com/saml",
    ) -> str:
        """An assertion for AssumeRoleWithSAML, good for five minutes.

        Args:
            provider_arn: the SAML provider in IAM whose words it is.
            role_arn: the role that it names.
            subject: whom it speaks of; also the session's name.
            claims: more condition keys, such as {"saml:iss": …}.
            source_identity: what the provider sets as such.
            audience: saml:aud.
        """
        return self._world.federation.hand_out(
            Vouched(
                provider=provider_arn,
                subject=subject,
                audience=audience,
                expires_at=self._world.clock.now() + timedelta(minutes=5),
                role=role_arn,
                session_name=subject,
                source_identity=source_identity,
                claims=tuple((claims or {}).items()),
            ),
            self._world.new_uuid(),
        )

    def web_identity_token(
        self,
        provider_arn: str,
        subject: str,
        audience: str = "sts.amazonaws.com",
        claims: Mapping[str, str] | None = None,
    ) -> str:
        """A token for AssumeRoleWithWebIdentity, good for an hour; claims become <issuer>:name."""
        return self._world.federation.hand_out(
            Vouched(
                provider=provider_arn,
                subject=subject,
                audience=audience,
                expires_at=self._world.clock.now() + timedelta(hours=1),
                claims=tuple((claims or {}).items()),
            ),
            self._world.new_uuid(),
        )

    def instance_session(
        self,
        instance_id: str,
        *,
        region: str = "us-east-1",
        account: str | None = None,
        taken_by: Credential | None = None,
    ) -> Credential:
        """What an instance's metadata service gives out now; see sessions.of_instance.

        Args:
            instance_id: which.
            region: where it is.
            account: whose; None: this account's.
            taken_by: the credential by which an intruder got at it (SSM); the ledger tells.
        """
        number, recorded = account or self._world.account, self.recording
        given = sessions.of_instance(self._world, number, region, instance_id, recorded=recorded)
        if taken_by is not None:
            self._world.federation.taken[given.id] = taken_by.id
        return given

    def function_session(
        self, name: str, *, region: str = "us-east-1", account: str | None = None
    ) -> Credential:
        """What a Lambda function finds when it runs; refused at a concurrency of 0."""
        number = account or self._world.account
        return sessions.of_function(self._world, number, region, name, recorded=self.recording)

    def disable_person(self, store: str, user_id: str) -> None:
        """Identity Center's button "Disable user access", which no API has."""
        self._world.federation.disabled_people.add((store, user_id))

    def enable_person(self, store: str, user_id: str) -> None:
        """The same button again."""
        self._world.federation.disabled_people.discard((store, user_id))

    def identity_center_session(
        self,
        user_id: str,
        permission_set_arn: str,
        account: str,
        *,
        place: Place = Place(),  # noqa: B008
    ) -> Credential:
        """Take a permission set's role through the access portal.

        Raises:
            ServiceError: nobody assigned it, or the person is disabled or gone.
        """
        world = self._world
        found = moto_identity_center.assigned(world.account, account, permission_set_arn, user_id)
        if found is None or (found.store, user_id) in world.federation.disabled_people:
            raise ServiceError("ForbiddenException", _DENIED, 403)
        role = world.iam.view(account).roles[found.role]
        store_arn = f"arn:aws:identitystore::{world.account}:identitystore/{found.store}"
        name = found.user_name
        session = world.credentials.issue(
            Issue(
                kind=Kind.ASSUMED_ROLE,
                account=account,
                arn=f"arn:aws:sts::{account}:assumed-role/{role.name}/{name}",
                principal_id=f"{role.id}:{name}",
                issuer=role.name,
                issuer_id=role.id,
                seconds=3600,
                issued_by_call="GetRoleCredentials",
                carried=(
                    ("identitystore:userid", user_id),
                    ("identitystore:identitystorearn", store_arn),
                ),
                on_behalf_of=(user_id, store_arn),
            )
        )
        if self.recording:
            world.records.extend(_portal_records(world, session, place, role.arn))
        return session

    def roles_anywhere_session(
        self,
        trust_anchor_arn: str,
        profile_arn: str,
        role_arn: str,
        common_name: str,
        *,
        place: Place = Place(),  # noqa: B008
    ) -> Credential:
        """Take a role with a certificate that a trust anchor vouches for; writes CreateSession."""
        wanted = rolesanywhere.Wanted(trust_anchor_arn, profile_arn, role_arn, common_name)
        session = rolesanywhere.create_session(self._world, wanted)
        if self.recording:
            self._world.records.append(_anywhere_record(self._world, session, place, wanted))
        return session


def _base(world: World, place: Place, source: str, name: str) -> dict[str, Dynamic]:
    return {
        "eventVersion": "1.11",
        "eventTime": records.iso(world.clock.now()),
        "eventSource": source,
        "eventName": name,
        "awsRegion": place.region,
        "sourceIPAddress": place.source_ip,
        "userAgent": place.user_agent,
        "requestID": world.new_uuid(),
        "eventID": world.new_uuid(),
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "eventCategory": "Management",
    }


def _portal_records(
    world: World, session: Credential, place: Place, role_arn: str
) -> list[dict[str, Dynamic]]:
    """The portal's call in the management account, and the assumption in the other."""
    assert session.on_behalf_of is not None  # noqa: S101 - made with it just now
    user_id, store_arn = session.on_behalf_of
    name = session.arn.rpartition("/")[2]
    role = role_arn.rpartition("/")[2]
    portal = _base(world, place, "sso.amazonaws.com", "GetRoleCredentials") | {
        "userIdentity": {
            "type": "IdentityCenterUser",
            "accountId": world.account,
            "onBehalfOf": {"userId": user_id, "identityStoreArn": store_arn},
            "credentialId": world.new_uuid(),
        },
        "requestParameters": None,
        "responseElements": None,
        "recipientAccountId": world.account,
        "serviceEventDetails": {"role_name": role, "account_id": session.account},
    }
    provider = moto_identity_center.provider_arn(session.account)
    taken = _base(world, place, "sts.amazonaws.com", "AssumeRoleWithSAML") | {
        "userIdentity": {
            "type": "SAMLUser",
            "principalId": f"{provider}:{name}",
            "userName": name,
            "identityProvider": provider,
        },
        "requestParameters": {
            "roleArn": role_arn,
            "principalArn": provider,
            "roleSessionName": name,
            "durationSeconds": 3600,
        },
        "responseElements": records.issued_elements(session),
        "resources": [{"accountId": session.account, "type": "AWS::IAM::Role", "ARN": role_arn}],
        "recipientAccountId": session.account,
    }
    return [portal, taken]


def _anywhere_record(
    world: World, session: Credential, place: Place, wanted: rolesanywhere.Wanted
) -> dict[str, Dynamic]:
    base = wanted.anchor.partition(":trust-anchor/")[0]
    told = records.issued_elements(replace(session, token=None))
    return _base(world, place, "rolesanywhere.amazonaws.com", "CreateSession") | {
        "userIdentity": {
            "type": "Unknown",
            "principalId": "",
            "arn": "",
            "accountId": session.account,
            "accessKeyId": "",
            "userName": "",
        },
        "requestParameters": {
            "cert": "<certificate>",
            "durationSeconds": 3600,
            "profileArn": wanted.profile,
            "roleArn": wanted.role,
            "trustAnchorArn": wanted.anchor,
        },
        "responseElements": {
            "credentialSet": [{**told, "roleArn": wanted.role}],
            "subjectArn": f"{base}:subject/{wanted.subject}",
        },
        "readOnly": False,
        "recipientAccountId": session.account,
    }
