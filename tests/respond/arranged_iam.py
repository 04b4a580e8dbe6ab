"""IAM users and roles, and what attackers do to them."""

import contextlib
import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.respond.arrangements import Arranged, Entry
from tests.respond.scene import ALLOW_ALL, Person, allowing, assume, make_role, make_user
from trailtui.sim.account import SimulatedAccount

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def root_iam(account: SimulatedAccount) -> Any:
    return account.actor(account.root).client("iam")


def remove_user(account: SimulatedAccount, name: str) -> None:
    """Delete a user and all that it has, as root."""
    iam = root_iam(account)
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=policy)
    for policy in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
    for group in iam.list_groups_for_user(UserName=name)["Groups"]:
        iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
    for device in iam.list_mfa_devices(UserName=name)["MFADevices"]:
        iam.deactivate_mfa_device(UserName=name, SerialNumber=device["SerialNumber"])
    for key in iam.list_ssh_public_keys(UserName=name)["SSHPublicKeys"]:
        iam.delete_ssh_public_key(UserName=name, SSHPublicKeyId=key["SSHPublicKeyId"])
    for one in iam.list_signing_certificates(UserName=name)["Certificates"]:
        iam.delete_signing_certificate(UserName=name, CertificateId=one["CertificateId"])
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):
        iam.delete_login_profile(UserName=name)
    iam.delete_user(UserName=name)


def remove_role(account: SimulatedAccount, name: str) -> None:
    """Delete a role and its policies, as root."""
    iam = root_iam(account)
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=name)


def session_token(account: SimulatedAccount, user: Person) -> str:
    """Id of a session of the user's."""
    sts = account.actor(user.credential).client("sts")
    return str(sts.get_session_token()["Credentials"]["AccessKeyId"])


def _of_user(account: SimulatedAccount, user: Person, **more: Any) -> Arranged:
    return Arranged(
        **{
            "target": user.name,
            "confirm": user.name,
            "gone": lambda: remove_user(account, user.name),
            "cut": user.credential.id,
            **more,
        }
    )


def _of_role(account: SimulatedAccount, role: Person, **more: Any) -> Arranged:
    return Arranged(
        **{
            "target": role.name,
            "confirm": role.name,
            "gone": lambda: remove_role(account, role.name),
            "cut": role.credential.id,
            **more,
        }
    )


def _put(account: SimulatedAccount, person: Person, name: str, document: str = ALLOW_ALL) -> Any:
    """Something that puts an inline policy on a user or role."""
    kind = "role" if ":role/" in person.arn else "user"
    put = getattr(root_iam(account), f"put_{kind}_policy")
    naming = {f"{kind.capitalize()}Name": person.name}
    return lambda: put(**naming, PolicyName=name, PolicyDocument=document)


def a_key(account: SimulatedAccount) -> Arranged:
    user = make_user(account)
    iam, key = root_iam(account), user.credential.id
    return _of_user(
        account,
        user,
        target=key,
        confirm=key,
        parameters={"user": user.name},
        gone=lambda: iam.delete_access_key(UserName=user.name, AccessKeyId=key),
        drift=lambda: iam.update_access_key(UserName=user.name, AccessKeyId=key, Status="Inactive"),
    )


def sessions_of_a_user(account: SimulatedAccount) -> Arranged:
    user = make_user(account)
    return _of_user(
        account,
        user,
        cut=session_token(account, user),
        spared=user.credential.id,
        drift=_put(account, user, "AWSRevokeOlderSessions"),
    )


def sessions_of_a_role(account: SimulatedAccount) -> Arranged:
    role = make_role(account)
    return _of_role(account, role, drift=_put(account, role, "AWSRevokeOlderSessions"))


def a_user_to_deny(account: SimulatedAccount) -> Arranged:
    user = make_user(account, path="/bots/")
    return _of_user(account, user, drift=_put(account, user, "TrailtuiDenyAll"))


def a_role_to_deny(account: SimulatedAccount) -> Arranged:
    role = make_role(account)
    return _of_role(account, role, drift=_put(account, role, "TrailtuiDenyAll"))


def one_session_of_a_role(account: SimulatedAccount) -> Arranged:
    from trailtui.respond.action import Subject
    from trailtui.respond.iam_session_denials import policy_name

    role = make_role(account)
    subject = Subject("role-session", f"{role.name}/somebody", role.arn, "", role.name)
    return _of_role(
        account,
        role,
        target=f"arn:aws:sts::{account.number}:assumed-role/{role.name}/somebody",
        confirm=subject.id,
        spared=assume(account, role.arn, "somebody-else").id,
        drift=_put(account, role, policy_name(subject)),
    )


def a_federated_session(account: SimulatedAccount) -> Arranged:
    from trailtui.respond.action import Subject
    from trailtui.respond.iam_session_denials import policy_name

    user = make_user(account)
    sts = account.actor(user.credential).client("sts")
    made = sts.get_federation_token(Name="visitor", Policy=ALLOW_ALL)["Credentials"]
    subject = Subject("federated-session", f"{user.name}/visitor", user.arn, "", user.name)
    return _of_user(
        account,
        user,
        target=f"arn:aws:sts::{account.number}:federated-user/visitor",
        parameters={"user": user.name},
        confirm=subject.id,
        cut=made["AccessKeyId"],
        spared=user.credential.id,
        drift=_put(account, user, policy_name(subject)),
    )


def a_user_to_quarantine(account: SimulatedAccount) -> Arranged:
    user = make_user(account)
    arn = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"
    iam = root_iam(account)
    return _of_user(
        account,
        user,
        cut=None,
        spared=user.credential.id,
        drift=lambda: iam.attach_user_policy(UserName=user.name, PolicyArn=arn),
    )


def _attached(kind: str) -> Any:
    def arrange(account: SimulatedAccount) -> Arranged:
        policy = allowing("ec2:DescribeRegions")
        user = make_user(account, policy) if kind == "user" else make_role(account, policy)
        iam = root_iam(account)
        named = {f"{kind.capitalize()}Name": user.name, "PolicyArn": ADMIN}
        getattr(iam, f"attach_{kind}_policy")(**named)
        of = _of_user if kind == "user" else _of_role
        return of(
            account,
            user,
            target=f"{user.name}/{ADMIN}",
            confirm=f"{user.name}/{ADMIN}",
            cut=None,
            spared=user.credential.id,
            drift=lambda: getattr(iam, f"detach_{kind}_policy")(**named),
        )

    return arrange


def _detached(kind: str) -> Any:
    def arrange(account: SimulatedAccount) -> Arranged:
        policy = allowing("ec2:DescribeRegions")
        person = make_user(account, policy) if kind == "user" else make_role(account, policy)
        iam = root_iam(account)
        named = {f"{kind.capitalize()}Name": person.name, "PolicyArn": ADMIN}
        of = _of_user if kind == "user" else _of_role
        return of(
            account,
            person,
            confirm=f"{person.name}/{ADMIN}",
            parameters={"policy": ADMIN},
            cut=None,
            drift=lambda: getattr(iam, f"attach_{kind}_policy")(**named),
        )

    return arrange


def _inline(kind: str, *, change: str) -> Any:
    """An inline policy that the attacker put (change: detach) or overwrote (restore)."""

    def arrange(account: SimulatedAccount) -> Arranged:
        person = make_user(account) if kind == "user" else make_role(account)
        of = _of_user if kind == "user" else _of_role
        restores = {"document": allowing("s3:ListAllMyBuckets")} if change == "restore" else {}
        return of(
            account,
            person,
            confirm=f"{person.name}/access",
            parameters={"policy": "access", **restores},
            cut=person.credential.id if change == "detach" else None,
            spared=person.credential.id if change == "restore" else None,
            drift=_put(account, person, "access", allowing("sqs:*")),
        )

    return arrange


def a_trust_that_was_opened(account: SimulatedAccount) -> Arranged:
    role = make_role(account)
    iam = root_iam(account)
    trust = json.dumps(_trusting("lambda.amazonaws.com"))
    other = json.dumps(_trusting("ec2.amazonaws.com"))
    return _of_role(
        account,
        role,
        parameters={"document": trust},
        cut=None,
        spared=role.credential.id,
        drift=lambda: iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=other),
    )


def _trusting(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def a_console_user(account: SimulatedAccount) -> Arranged:
    user = make_user(account)
    iam = root_iam(account)
    iam.create_login_profile(UserName=user.name, Password="Correct-horse-1!")
    return _of_user(
        account,
        user,
        cut=None,
        spared=user.credential.id,
        drift=lambda: iam.delete_login_profile(UserName=user.name),
    )


def a_group_member(account: SimulatedAccount) -> Arranged:
    user = make_user(account)
    iam = root_iam(account)
    group = f"{user.name}-admins"
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    return _of_user(
        account,
        user,
        target=f"{user.name}/{group}",
        confirm=f"{user.name}/{group}",
        cut=None,
        spared=user.credential.id,
        drift=lambda: iam.remove_user_from_group(GroupName=group, UserName=user.name),
    )


def a_user_with_everything(account: SimulatedAccount) -> Arranged:
    """A user of the attacker's, with one of each thing that a user can have."""
    user = make_user(account)
    iam, name = root_iam(account), user.name
    iam.create_login_profile(UserName=name, Password="Correct-horse-1!")
    iam.upload_signing_certificate(UserName=name, CertificateBody=certificate())
    iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody="ssh-rsa AAAAB3NzaC1yc2E")
    iam.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")
    device(account, user)
    iam.create_group(GroupName=f"{name}-group")
    iam.add_user_to_group(GroupName=f"{name}-group", UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=ADMIN)
    return _of_user(
        account,
        user,
        parameters={"attackers": "yes", "force": "yes"},
        gone=lambda: remove_user(account, name),
        drift=_put(account, user, "one-more"),
    )


@cache
def certificate() -> str:
    """A certificate that its own key signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    year = made.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2027, 1, 1, tzinfo=UTC)
    )
    return year.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def device(account: SimulatedAccount, user: Person) -> str:
    """A virtual MFA device of the user's; its serial number."""
    iam = root_iam(account)
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=f"{user.name}-phone")
    serial = str(made["VirtualMFADevice"]["SerialNumber"])
    iam.enable_mfa_device(
        UserName=user.name,
        SerialNumber=serial,
        AuthenticationCode1="123456",
        AuthenticationCode2="654321",
    )
    return serial


def an_mfa_device(account: SimulatedAccount) -> Arranged:
    user = make_user(account)
    serial = device(account, user)
    iam = root_iam(account)
    return _of_user(
        account,
        user,
        target=serial,
        confirm=serial,
        parameters={"user": user.name, "attackers": "yes", "force": "yes"},
        cut=None,
        spared=user.credential.id,
        drift=lambda: iam.deactivate_mfa_device(UserName=user.name, SerialNumber=serial),
    )


def a_role_with_everything(account: SimulatedAccount) -> Arranged:
    """A role of the attacker's, on an instance profile and with policies of both kinds."""
    role = make_role(account)
    iam, name = root_iam(account), role.name
    iam.attach_role_policy(RoleName=name, PolicyArn=ADMIN)
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)

    def gone() -> None:
        iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=name)
        remove_role(account, name)

    return _of_role(
        account,
        role,
        parameters={"attackers": "yes", "force": "yes"},
        gone=gone,
        drift=_put(account, role, "one-more"),
    )


def a_saml_provider(account: SimulatedAccount) -> Arranged:
    iam, name = root_iam(account), f"idp-{len(account.calls)}"
    document = "<EntityDescriptor>" + "x" * 1000 + "</EntityDescriptor>"
    arn = iam.create_saml_provider(Name=name, SAMLMetadataDocument=document)["SAMLProviderArn"]
    return Arranged(
        target=arn,
        confirm=name,
        gone=lambda: iam.delete_saml_provider(SAMLProviderArn=arn),
        drift=lambda: iam.update_saml_provider(
            SAMLProviderArn=arn, SAMLMetadataDocument=document.replace("x", "y")
        ),
    )


def an_openid_provider(account: SimulatedAccount) -> Arranged:
    iam, host = root_iam(account), f"idp-{len(account.calls)}.example.com"
    arn = iam.create_open_id_connect_provider(
        Url=f"https://{host}", ClientIDList=["b", "a"], ThumbprintList=["c" * 40]
    )["OpenIDConnectProviderArn"]
    return Arranged(
        target=arn,
        confirm=host,
        gone=lambda: iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn),
        drift=lambda: iam.update_open_id_connect_provider_thumbprint(
            OpenIDConnectProviderArn=arn, ThumbprintList=["d" * 40]
        ),
    )


def a_trust_anchor(account: SimulatedAccount) -> Arranged:
    client = account.actor(account.root).client("rolesanywhere", "eu-west-1")
    made = client.create_trust_anchor(
        name=f"anchor-{len(account.calls)}",
        enabled=True,
        source={
            "sourceType": "CERTIFICATE_BUNDLE",
            "sourceData": {"x509CertificateData": certificate()},
        },
    )["trustAnchor"]
    number = made["trustAnchorId"]
    return Arranged(
        target=made["trustAnchorArn"],
        confirm=number,
        gone=lambda: client.delete_trust_anchor(trustAnchorId=number),
        drift=lambda: client.disable_trust_anchor(trustAnchorId=number),
    )


ENTRIES = (
    Entry("remove-identity-provider", a_saml_provider, "saml"),
    Entry("remove-identity-provider", an_openid_provider, "openid"),
    Entry("disable-trust-anchor", a_trust_anchor),
    Entry("deactivate-access-key", a_key),
    Entry("delete-access-key", a_key),
    Entry("revoke-user-sessions", sessions_of_a_user),
    Entry("revoke-role-sessions", sessions_of_a_role),
    Entry("deny-user", a_user_to_deny),
    Entry("deny-role", a_role_to_deny),
    Entry("deny-role-session", one_session_of_a_role),
    Entry("deny-federated-session", a_federated_session),
    Entry("quarantine-user", a_user_to_quarantine),
    Entry("detach-user-policy", _attached("user"), "attached"),
    Entry("detach-user-policy", _inline("user", change="detach"), "inline"),
    Entry("detach-role-policy", _attached("role"), "attached"),
    Entry("detach-role-policy", _inline("role", change="detach"), "inline"),
    Entry("restore-user-policy", _detached("user"), "attached"),
    Entry("restore-user-policy", _inline("user", change="restore"), "inline"),
    Entry("restore-role-policy", _detached("role"), "attached"),
    Entry("restore-role-policy", _inline("role", change="restore"), "inline"),
    Entry("restore-role-trust", a_trust_that_was_opened),
    Entry("remove-console-access", a_console_user),
    Entry("remove-from-group", a_group_member),
    Entry("deactivate-mfa-device", an_mfa_device),
    Entry("remove-user", a_user_with_everything),
    Entry("remove-role", a_role_with_everything),
)
