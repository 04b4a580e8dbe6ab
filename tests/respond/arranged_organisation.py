"""Member accounts of an organisation that the simulated account manages."""

from typing import Any
from weakref import WeakKeyDictionary

from tests.respond.arrangements import Arranged, Entry
from tests.respond.scene import ALLOW_ALL
from tests.simulated import Organised, organisation
from trailtui.sim.account import SimulatedAccount

_ORGANISED: WeakKeyDictionary[SimulatedAccount, Organised] = WeakKeyDictionary()


def organised(account: SimulatedAccount) -> Organised:
    """The account's organisation, which it has once."""
    if account not in _ORGANISED:
        _ORGANISED[account] = organisation(account, members=1)
        iam = account.actor(account.root).client("iam")
        iam.enable_organizations_root_credentials_management()
        iam.enable_organizations_root_sessions()
    return _ORGANISED[account]


def new_member(org: Organised) -> str:
    """One more member account: what is done to it is done to nobody else's."""
    made = org.admin.client("organizations").create_account(
        AccountName="team", Email=f"team-{len(org.account.calls)}@example.com"
    )
    return str(made["CreateAccountStatus"]["AccountId"])


def a_member_s_user(account: SimulatedAccount) -> Arranged:
    from trailtui.respond.action import Subject
    from trailtui.respond.organisation_denials import policy_name

    org = organised(account)
    member = new_member(org)
    iam, organizations = org.enter(member).client("iam"), org.admin.client("organizations")
    credentials: list[str] = []
    for name in ("eve", "alice"):
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="access", PolicyDocument=ALLOW_ALL)
        made = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
        credentials.append(str(made))
    arn = f"arn:aws:iam::{member}:user/eve"
    named = policy_name(Subject("organisation-principal", arn, arn, account.number, member))

    def drift() -> Any:
        organizations.create_policy(
            Name=named, Description="", Type="SERVICE_CONTROL_POLICY", Content=ALLOW_ALL
        )

    return Arranged(
        target=arn,
        confirm=arn,
        gone=lambda: organizations.remove_account_from_organization(AccountId=member),
        drift=drift,
        cut=credentials[0],
        spared=credentials[1],
    )


def a_member_s_root(account: SimulatedAccount) -> Arranged:
    member = new_member(organised(account))
    account.entrances.root_password(member)
    keys = [account.entrances.root_key(member) for _ in range(2)]

    def delete(*numbers: str) -> None:
        root = account.actor(keys[0]).client("iam")
        for number in numbers:
            root.delete_access_key(AccessKeyId=number)

    def gone() -> None:
        account.actor(keys[0]).client("iam").delete_login_profile()
        delete(keys[1].id, keys[0].id)

    return Arranged(
        target=member,
        confirm=member,
        gone=gone,
        drift=lambda: delete(keys[1].id),
        cut=keys[0].id,
    )


def person(account: SimulatedAccount) -> tuple[str, dict[str, str], dict[str, str]]:
    """Somebody of Identity Center: the user name, the permission set, the assignment."""
    org = organised(account)
    sso, store = org.admin.client("sso-admin"), org.admin.client("identitystore")
    instance = sso.list_instances()["Instances"][0]
    name = f"mallory-{len(account.calls)}"
    number = store.create_user(
        IdentityStoreId=instance["IdentityStoreId"],
        UserName=name,
        DisplayName="M",
        Name={"GivenName": "M", "FamilyName": "M"},
    )["UserId"]
    arn = {"InstanceArn": instance["InstanceArn"]}
    made = sso.create_permission_set(**arn, Name=name)["PermissionSet"]["PermissionSetArn"]
    named = {**arn, "PermissionSetArn": made}
    sso.put_inline_policy_to_permission_set(**named, InlinePolicy=ALLOW_ALL)
    given = {
        "TargetId": new_member(org),
        "TargetType": "AWS_ACCOUNT",
        "PrincipalType": "USER",
        "PrincipalId": number,
    }
    sso.create_account_assignment(**named, **given)
    return name, named, given


def a_person_to_deny(account: SimulatedAccount) -> Arranged:
    name, named, given = person(account)
    sso = organised(account).admin.client("sso-admin")
    number, chosen = given["PrincipalId"], named["PermissionSetArn"]
    session = account.entrances.identity_center_session(number, chosen, given["TargetId"])

    def gone() -> None:
        sso.delete_account_assignment(**named, **given)
        sso.delete_permission_set(**named)

    return Arranged(
        target=name,
        confirm=f"{number}/{chosen.rpartition('/')[2]}",
        gone=gone,
        drift=lambda: sso.delete_inline_policy_from_permission_set(**named),
        cut=session.id,
    )


def an_assignment(account: SimulatedAccount) -> Arranged:
    name, named, given = person(account)
    sso = organised(account).admin.client("sso-admin")
    # Somebody else's assignment, without which the role would go and come back as another one.
    sso.create_account_assignment(**named, **given | {"PrincipalId": f"another-{name}"})
    ending = named["PermissionSetArn"].rpartition("/")[2]
    return Arranged(
        target=name,
        confirm=f"{given['PrincipalId']}/{ending}/{given['TargetId']}",
        gone=lambda: sso.delete_account_assignment(**named, **given),
        drift=lambda: sso.delete_account_assignment(**named, **given),
    )


ENTRIES = (
    Entry("deny-sso-user", a_person_to_deny),
    Entry("remove-sso-assignment", an_assignment),
    Entry("deny-principal-by-scp", a_member_s_user),
    Entry("remove-member-root-credentials", a_member_s_root),
)
