"""Ways in beside keys: console, identity providers, Identity Center, machines, root of members."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.sim.laboratory import ALLOW_ALL, DENY_ALL, NOON, Laboratory, outcome, policy, statement
from tests.simulated import Organised, empty_account, organisation
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.identity import Credential
from trailtui.sim.problems import ServiceError

PASSWORD = "Correct-horse-1"


def unsigned(account: SimulatedAccount, service: str) -> Any:
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    made: Any = botocore.session.Session()
    return made.create_client(
        service, region_name="us-east-1", endpoint_url=account.endpoint, config=config
    )


def buckets(lab: Laboratory, credential: Credential) -> str:
    return outcome(lab.account.actor(credential).client("s3").list_buckets)


def users(lab: Laboratory, credential: Credential) -> str:
    return outcome(lab.account.actor(credential).client("iam").list_users)


def events(account: SimulatedAccount, name: str) -> list[dict[str, Any]]:
    return [one for one in account.records if one["eventName"] == name]


def test_a_console_session_is_recorded_and_does_what_its_user_may(lab: Laboratory) -> None:
    eve = lab.user("eve", ALLOW_ALL)
    eve.client("iam").create_login_profile(UserName="eve", Password=PASSWORD)
    session = lab.account.entrances.sign_in("eve", PASSWORD)
    [login] = events(lab.account, "ConsoleLogin")
    assert login["userIdentity"]["type"] == "IAMUser"
    assert login["responseElements"] == {"ConsoleLogin": "Success"}
    assert users(lab, session) == "allowed"
    last = lab.account.records[-1]
    assert last["sessionCredentialFromConsole"] == "true"
    attributes = last["userIdentity"]["sessionContext"]["attributes"]
    assert attributes["creationDate"] == login["eventTime"]
    entry = lab.account.ledger[session.id]
    assert (entry.issued_by, entry.issued_by_call) == (eve.credential.id, "ConsoleLogin")
    assert PASSWORD not in json.dumps(lab.account.records)


def test_a_wrong_password_is_recorded_and_gives_nothing(lab: Laboratory) -> None:
    lab.user("eve", ALLOW_ALL)
    lab.iam.create_login_profile(UserName="eve", Password=PASSWORD)
    before = len(list(lab.account.ledger))
    with pytest.raises(ServiceError, match="incorrect"):
        lab.account.entrances.sign_in("eve", "guess")
    assert events(lab.account, "ConsoleLogin")[0]["responseElements"] == {"ConsoleLogin": "Failure"}
    assert len(list(lab.account.ledger)) == before


def test_a_console_session_outlives_the_password_and_ends_by_its_time_of_issue(
    lab: Laboratory,
) -> None:
    eve = lab.user("eve", ALLOW_ALL)
    lab.iam.create_login_profile(UserName="eve", Password=PASSWORD)
    session = lab.account.entrances.sign_in("eve", PASSWORD)
    lab.iam.delete_login_profile(UserName="eve")
    with pytest.raises(ServiceError):
        lab.account.entrances.sign_in("eve", PASSWORD)
    assert users(lab, session) == "allowed"
    lab.account.clock.advance(60)
    moment = {"DateLessThan": {"aws:TokenIssueTime": "2026-03-10T12:00:30Z"}}
    text = policy(statement("Deny", condition=moment))
    lab.iam.put_user_policy(UserName="eve", PolicyName="cut", PolicyDocument=text)
    assert users(lab, session) == "AccessDenied"
    assert users(lab, eve.credential) == "allowed"


def test_switching_roles_asks_the_trust_policy(lab: Laboratory) -> None:
    lab.user("eve", ALLOW_ALL)
    lab.iam.create_login_profile(UserName="eve", Password=PASSWORD)
    arn = lab.role("worker", ALLOW_ALL)
    session = lab.account.entrances.sign_in("eve", PASSWORD)
    worker = lab.account.entrances.switch_role(session, arn)
    assert users(lab, worker) == "allowed"
    [switched] = events(lab.account, "SwitchRole")
    assert switched["additionalEventData"]["SwitchFrom"].endswith(":user/eve")
    assert switched["userIdentity"]["arn"].endswith(":assumed-role/worker/eve")
    assert lab.account.ledger[worker.id].issued_by == session.id
    trusts_nobody = json.loads(policy(statement("Deny", "sts:AssumeRole")))
    trusts_nobody["Statement"][0].pop("Resource")
    trusts_nobody["Statement"][0]["Principal"] = "*"
    lab.iam.update_assume_role_policy(RoleName="worker", PolicyDocument=json.dumps(trusts_nobody))
    with pytest.raises(ServiceError):
        lab.account.entrances.switch_role(session, arn)


def test_a_console_made_of_a_federated_session_may_call_iam(lab: Laboratory) -> None:
    eve = lab.user("eve", ALLOW_ALL)
    guest = lab.federate(eve, Policy=ALLOW_ALL)
    assert users(lab, guest.credential) != "allowed"
    console = lab.account.entrances.console_of(guest.credential)
    assert users(lab, console) == "allowed"
    assert [one["eventName"] for one in lab.account.records[-3:]] == [
        "GetSigninToken",
        "ConsoleLogin",
        "ListUsers",
    ]
    assert lab.account.ledger[console.id].issued_by == guest.credential.id


def saml_role(lab: Laboratory) -> tuple[str, str]:
    metadata = "<EntityDescriptor>" + "x" * 1000 + "</EntityDescriptor>"
    provider = lab.iam.create_saml_provider(Name="idp", SAMLMetadataDocument=metadata)
    arn = str(provider["SAMLProviderArn"])
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": arn},
        "Action": "sts:AssumeRoleWithSAML",
        "Condition": {"StringEquals": {"saml:aud": "https://signin.aws.amazon.com/saml"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = lab.iam.create_role(RoleName="people", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    lab.iam.put_role_policy(RoleName="people", PolicyName="p", PolicyDocument=ALLOW_ALL)
    return arn, str(role)


def test_a_role_by_saml(lab: Laboratory) -> None:
    provider, role = saml_role(lab)
    sts, say = unsigned(lab.account, "sts"), lab.account.entrances.saml_assertion
    asked = {"RoleArn": role, "PrincipalArn": provider}
    assertion = say(provider, role, "mallory", source_identity="mallory@example.com")
    made = sts.assume_role_with_saml(SAMLAssertion=assertion, **asked)
    session = lab.account.credential(made["Credentials"]["AccessKeyId"])
    record = events(lab.account, "AssumeRoleWithSAML")[0]
    assert record["userIdentity"]["type"] == "SAMLUser"
    assert record["responseElements"]["credentials"]["accessKeyId"] == session.id
    assert assertion not in json.dumps(lab.account.records)
    assert users(lab, session) == "allowed"
    context = lab.account.records[-1]["userIdentity"]["sessionContext"]
    assert context["sourceIdentity"] == "mallory@example.com"
    forged = outcome(sts.assume_role_with_saml, SAMLAssertion="Zm9yZ2VkCg==", **asked)
    assert forged == "InvalidIdentityToken"
    elsewhere = say(provider, role, "mallory", audience="https://elsewhere.example")
    assert outcome(sts.assume_role_with_saml, SAMLAssertion=elsewhere, **asked) == "AccessDenied"
    late = say(provider, role, "mallory")
    lab.account.clock.advance(301)
    assert outcome(sts.assume_role_with_saml, SAMLAssertion=late, **asked) == (
        "ExpiredTokenException"
    )
    fresh = say(provider, role, "mallory")
    lab.iam.delete_saml_provider(SAMLProviderArn=provider)
    assert outcome(sts.assume_role_with_saml, SAMLAssertion=fresh, **asked) == (
        "InvalidIdentityToken"
    )
    assert users(lab, session) == "allowed"  # what was issued lives on


def test_a_role_by_web_identity(lab: Laboratory) -> None:
    host = "token.actions.githubusercontent.com"
    provider = lab.iam.create_open_id_connect_provider(
        Url=f"https://{host}", ThumbprintList=["a" * 40], ClientIDList=["sts.amazonaws.com"]
    )["OpenIDConnectProviderArn"]
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringLike": {f"{host}:sub": "repo:meadow/*"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = lab.iam.create_role(RoleName="ci", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    sts = unsigned(lab.account, "sts")
    good, bad = (
        lab.account.entrances.web_identity_token(provider, f"repo:{owner}/app")
        for owner in ("meadow", "mallory")
    )
    asked = {"RoleArn": role, "RoleSessionName": "build"}
    assert outcome(sts.assume_role_with_web_identity, WebIdentityToken=bad, **asked) == (
        "AccessDenied"
    )
    made = sts.assume_role_with_web_identity(WebIdentityToken=good, **asked)
    assert made["SubjectFromWebIdentityToken"] == "repo:meadow/app"
    record = events(lab.account, "AssumeRoleWithWebIdentity")[-1]
    assert record["userIdentity"]["type"] == "WebIdentityUser"
    assert good not in json.dumps(lab.account.records)


@pytest.fixture
def org() -> Iterator[Organised]:
    with empty_account(seed=12, at=NOON) as account:
        yield organisation(account, 2)


def test_root_of_a_member_by_assume_root_loses_its_key_and_password(org: Organised) -> None:
    member = org.members[0]
    entrances = org.account.entrances
    entrances.root_password(member)
    stolen = org.account.actor(entrances.root_key(member))
    assert outcome(stolen.client("s3").list_buckets) == "allowed"
    sts, iam = org.admin.client("sts"), org.admin.client("iam")
    task = {"arn": "arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"}
    assert outcome(sts.assume_root, TargetPrincipal=member, TaskPolicyArn=task) == "AccessDenied"
    iam.enable_organizations_root_sessions()
    iam.enable_organizations_root_credentials_management()
    assert set(iam.list_organizations_features()["EnabledFeatures"]) == {
        "RootSessions",
        "RootCredentialsManagement",
    }
    made = sts.assume_root(TargetPrincipal=member, TaskPolicyArn=task, DurationSeconds=900)
    credential = org.account.credential(made["Credentials"]["AccessKeyId"])
    root = org.account.actor(credential).client("iam")
    [key] = root.list_access_keys()["AccessKeyMetadata"]
    assert key["AccessKeyId"] == stolen.credential.id
    assert outcome(root.get_login_profile) == "allowed"
    root.delete_access_key(AccessKeyId=key["AccessKeyId"])
    root.delete_login_profile()
    assert outcome(stolen.client("s3").list_buckets) == "InvalidAccessKeyId"
    assert not org.account.ledger.usable(stolen.credential.id)
    assert outcome(root.get_login_profile) == "NoSuchEntity"
    assert outcome(root.list_users) == "AccessDenied"
    record = events(org.account, "DeleteAccessKey")[-1]
    assert record["userIdentity"]["type"] == "Root"
    assert record["userIdentity"]["sessionContext"]["assumedRoot"] == "true"
    with pytest.raises(ServiceError):
        entrances.sign_in(None, account=member)


def test_identity_center_ends_by_permission_set_assignment_and_switch(org: Organised) -> None:
    account, member = org.account, org.members[0]
    sso, store = org.admin.client("sso-admin"), org.admin.client("identitystore")
    instance = sso.list_instances()["Instances"][0]
    arn, store_id = instance["InstanceArn"], instance["IdentityStoreId"]
    person = store.create_user(
        IdentityStoreId=store_id,
        UserName="mallory",
        DisplayName="M",
        Name={"GivenName": "M", "FamilyName": "M"},
    )["UserId"]
    made = sso.create_permission_set(InstanceArn=arn, Name="Admin")
    admin = made["PermissionSet"]["PermissionSetArn"]
    named = {"InstanceArn": arn, "PermissionSetArn": admin}
    sso.put_inline_policy_to_permission_set(InlinePolicy=ALLOW_ALL, **named)
    given = {
        **named,
        "TargetId": member,
        "TargetType": "AWS_ACCOUNT",
        "PrincipalType": "USER",
        "PrincipalId": person,
    }
    sso.create_account_assignment(**given)
    enter = account.entrances.identity_center_session
    session = account.actor(enter(person, admin, member))
    assert outcome(session.client("s3").list_buckets) == "allowed"
    assert account.records[-1]["userIdentity"]["onBehalfOf"]["userId"] == person
    one = {"StringEquals": {"identitystore:userId": person}}
    text = policy(statement(), statement("Deny", condition=one))
    sso.put_inline_policy_to_permission_set(InlinePolicy=text, **named)
    assert outcome(session.client("s3").list_buckets) == "allowed"  # not provisioned yet
    sso.provision_permission_set(TargetType="ALL_PROVISIONED_ACCOUNTS", **named)
    assert outcome(session.client("s3").list_buckets) == "AccessDenied"
    account.entrances.disable_person(store_id, person)
    with pytest.raises(ServiceError):
        enter(person, admin, member)
    account.entrances.enable_person(store_id, person)
    sso.delete_account_assignment(**given)
    with pytest.raises(ServiceError):
        enter(person, admin, member)


def run_instance(lab: Laboratory) -> str:
    service = {"Service": "ec2.amazonaws.com"}
    lab.role("machine", ALLOW_ALL, trust=service)
    lab.iam.create_instance_profile(InstanceProfileName="machine")
    lab.iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="machine")
    ec2 = lab.root.client("ec2")
    made = ec2.run_instances(
        ImageId="ami-0a1b2c3d4e5f60718",
        MinCount=1,
        MaxCount=1,
        IamInstanceProfile={"Name": "machine"},
    )
    return str(made["Instances"][0]["InstanceId"])


def test_an_instance_keeps_its_session_when_the_profile_is_taken_away(lab: Laboratory) -> None:
    number, ec2 = run_instance(lab), lab.root.client("ec2")
    session = lab.account.instance_session(number)
    assert lab.account.instance_session(number).id == session.id
    assert buckets(lab, session) == "allowed"
    assert events(lab.account, "AssumeRole")[-1]["userIdentity"]["invokedBy"] == (
        "ec2.amazonaws.com"
    )
    [found] = ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    ec2.disassociate_iam_instance_profile(AssociationId=found["AssociationId"])
    assert lab.account.instance_session(number).id == session.id
    lab.account.clock.advance(6 * 3600)
    with pytest.raises(ServiceError):
        lab.account.instance_session(number)
    assert not lab.account.ledger.usable(session.id)


def test_a_revoked_instance_session_is_renewed_by_stop_and_start(lab: Laboratory) -> None:
    number, ec2 = run_instance(lab), lab.root.client("ec2")
    old = lab.account.instance_session(number)
    lab.account.clock.advance(120)
    moment = {"DateLessThan": {"aws:TokenIssueTime": "2026-03-10T12:01:00Z"}}
    text = policy(statement("Deny", condition=moment))
    lab.iam.put_role_policy(RoleName="machine", PolicyName="cut", PolicyDocument=text)
    assert lab.account.instance_session(number).id == old.id
    assert buckets(lab, old) == "AccessDenied"
    ec2.stop_instances(InstanceIds=[number])
    with pytest.raises(KeyError):
        lab.account.instance_session(number)
    ec2.start_instances(InstanceIds=[number])
    fresh = lab.account.instance_session(number)
    assert fresh.id != old.id
    assert buckets(lab, fresh) == "allowed"


def test_a_function_gets_its_session_unless_its_concurrency_is_nought(lab: Laboratory) -> None:
    role = lab.role("worker", ALLOW_ALL, trust={"Service": "lambda.amazonaws.com"})
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "def main(event, context): pass")
    function = lab.root.client("lambda")
    function.create_function(
        FunctionName="job",
        Role=role,
        Runtime="python3.12",
        Handler="main.main",
        Code={"ZipFile": code.getvalue()},
    )
    session = lab.account.entrances.function_session("job")
    assert buckets(lab, session) == "allowed"
    function.put_function_concurrency(FunctionName="job", ReservedConcurrentExecutions=0)
    with pytest.raises(ServiceError):
        lab.account.entrances.function_session("job")
    assert buckets(lab, session) == "allowed"
    function.delete_function_concurrency(FunctionName="job")
    assert lab.account.entrances.function_session("job").id != session.id


def test_roles_anywhere_ends_with_its_anchor(lab: Laboratory) -> None:
    anywhere = lab.root.client("rolesanywhere")
    role = lab.role("outside", ALLOW_ALL, trust={"Service": "rolesanywhere.amazonaws.com"})
    anchor = anywhere.create_trust_anchor(
        name="ca",
        enabled=True,
        source={"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": "pem"}},
    )["trustAnchor"]
    profile = anywhere.create_profile(name="p", roleArns=[role], enabled=True)["profile"]
    enter = lab.account.entrances.roles_anywhere_session
    asked = (anchor["trustAnchorArn"], profile["profileArn"], role, "host-1")
    session = enter(*asked)
    assert buckets(lab, session) == "allowed"
    given = events(lab.account, "CreateSession")[-1]["responseElements"]["credentialSet"]
    assert given[0]["credentials"]["accessKeyId"] == session.id
    anywhere.disable_trust_anchor(trustAnchorId=anchor["trustAnchorId"])
    with pytest.raises(ServiceError):
        enter(*asked)
    assert buckets(lab, session) == "allowed"
    anywhere.enable_trust_anchor(trustAnchorId=anchor["trustAnchorId"])
    assert enter(*asked).id != session.id


def test_anyone_reads_a_public_bucket_until_it_is_blocked(lab: Laboratory) -> None:
    s3, nobody = lab.root.client("s3"), unsigned(lab.account, "s3")
    s3.create_bucket(Bucket="open")
    s3.put_object(Bucket="open", Key="k", Body=b"x")
    read = {"Bucket": "open", "Key": "k"}
    assert outcome(nobody.get_object, **read) == "AccessDenied"
    public = policy(statement("Allow", "s3:GetObject", "arn:aws:s3:::open/*", Principal="*"))
    s3.put_bucket_policy(Bucket="open", Policy=public)
    assert outcome(nobody.get_object, **read) == "allowed"
    record = lab.account.records[-1]
    assert record["userIdentity"]["accountId"] == "anonymous"
    assert record["recipientAccountId"] == lab.account.number
    block = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    s3.put_public_access_block(Bucket="open", PublicAccessBlockConfiguration=block)
    assert outcome(nobody.get_object, **read) == "AccessDenied"
    assert outcome(s3.put_bucket_policy, Bucket="open", Policy=public) == "AccessDenied"
    assert outcome(s3.put_bucket_acl, Bucket="open", ACL="public-read") == "AccessDenied"
    private = policy(statement("Deny", "s3:*", "arn:aws:s3:::open/*", Principal="*"))
    assert outcome(s3.put_bucket_policy, Bucket="open", Policy=private) == "allowed"
    s3.delete_bucket_policy(Bucket="open")
    s3.delete_public_access_block(Bucket="open")
    assert outcome(s3.put_bucket_policy, Bucket="open", Policy=public) == "allowed"
    assert outcome(nobody.list_buckets) == "AccessDenied"


def test_a_key_that_leaves_the_account_out_leaves_its_administrators_out(lab: Laboratory) -> None:
    eve, mia = lab.user("eve", ALLOW_ALL), lab.user("mia", ALLOW_ALL)
    kms = lab.root.client("kms")
    number = kms.create_key()["KeyMetadata"]["KeyId"]
    text = {"KeyId": number, "Plaintext": b"x"}
    assert outcome(eve.client("kms").encrypt, **text) == "allowed"
    only = {"AWS": [mia.credential.arn, f"arn:aws:iam::{lab.account.number}:user/keeper"]}
    mine = policy(
        statement("Allow", "kms:*", Principal=only),
        statement("Allow", "kms:PutKeyPolicy", Principal={"AWS": lab.account.root.arn}),
    )
    kms.put_key_policy(KeyId=number, PolicyName="default", Policy=mine)
    assert outcome(eve.client("kms").encrypt, **text) == "AccessDeniedException"
    assert outcome(mia.client("kms").encrypt, **text) == "allowed"


def test_a_secrets_own_policy_denies(lab: Laboratory) -> None:
    eve = lab.user("eve", ALLOW_ALL)
    secrets = lab.root.client("secretsmanager")
    secrets.create_secret(Name="prod", SecretString="s")
    asked = {"SecretId": "prod"}
    assert outcome(eve.client("secretsmanager").get_secret_value, **asked) == "allowed"
    text = policy(statement("Deny", Principal={"AWS": eve.credential.arn}))
    secrets.put_resource_policy(SecretId="prod", ResourcePolicy=text)
    assert outcome(eve.client("secretsmanager").get_secret_value, **asked) == (
        "AccessDeniedException"
    )
    secrets.delete_resource_policy(SecretId="prod")
    assert outcome(eve.client("secretsmanager").get_secret_value, **asked) == "allowed"


def test_tags_of_the_caller_and_of_the_request_count(lab: Laboratory) -> None:
    tagged = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    eve = lab.user("eve", ALLOW_ALL, policy(statement("Deny", condition=tagged)))
    assert buckets(lab, eve.credential) == "allowed"
    lab.iam.tag_user(UserName="eve", Tags=[{"Key": "team", "Value": "red"}])
    assert buckets(lab, eve.credential) == "AccessDenied"
    wanted = {"StringEquals": {"aws:RequestTag/case": "42"}}
    mia = lab.user("mia", policy(statement("Allow", "iam:TagUser", condition=wanted)))
    tag = mia.client("iam").tag_user
    assert outcome(tag, UserName="mia", Tags=[{"Key": "case", "Value": "42"}]) == "allowed"
    assert outcome(tag, UserName="mia", Tags=[{"Key": "case", "Value": "7"}]) == "AccessDenied"


def test_one_session_can_be_denied(lab: Laboratory) -> None:
    arn, eve = lab.role("worker", ALLOW_ALL), lab.user("eve", ALLOW_ALL)
    bad, good = (lab.assume(eve, arn, name) for name in ("mallory", "ordinary"))
    one = {"StringLike": {"aws:userid": "*:mallory"}}
    text = policy(statement("Deny", condition=one))
    lab.iam.put_role_policy(RoleName="worker", PolicyName="one", PolicyDocument=text)
    assert (buckets(lab, bad.credential), buckets(lab, good.credential)) == (
        "AccessDenied",
        "allowed",
    )
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    no = {**trust, "Effect": "Deny", "Condition": {"StringEquals": {"sts:RoleSessionName": "no"}}}
    lab.iam.update_assume_role_policy(
        RoleName="worker",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust, no]}),
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        lab.assume(eve, arn, "no")
    lab.assume(eve, arn, "yes")


def test_whoever_is_denied_everything_is_not_usable(lab: Laboratory) -> None:
    eve = lab.user("eve", ALLOW_ALL)
    lab.iam.create_login_profile(UserName="eve", Password=PASSWORD)
    console = lab.account.entrances.sign_in("eve", PASSWORD)
    assert lab.account.ledger.usable(console.id)
    lab.iam.put_user_policy(UserName="eve", PolicyName="no", PolicyDocument=DENY_ALL)
    assert not lab.account.ledger.usable(console.id)
    assert not lab.account.ledger.usable(eve.credential.id)


def test_the_ledger_tells_who_made_or_stole_what_services_gave(lab: Laboratory) -> None:
    number = run_instance(lab)
    eve = lab.user("eve", ALLOW_ALL)
    ssm = eve.client("ssm")
    begun = ssm.start_session(Target=number)
    assert begun["TokenValue"] not in json.dumps(lab.account.records)
    stolen = lab.account.entrances.instance_session(number, taken_by=eve.credential)
    entry = lab.account.ledger[stolen.id]
    assert entry.issued_by == lab.account.root.id
    assert entry.taken_by == eve.credential.id
    assert [one.id for one in lab.account.ledger.descendants(eve.credential.id)] == [stolen.id]
    assert outcome(ssm.start_session, Target="i-0123456789abcdef0") == "TargetNotConnected"


def test_a_session_that_may_call_nothing_is_not_usable(lab: Laboratory) -> None:
    eve = lab.user("eve", policy(statement("Allow", "iam:*")))
    plain, with_mfa = (
        lab.session_token(eve),
        lab.session_token(eve, SerialNumber="arn:aws:iam::1:mfa/eve", TokenCode="123456"),
    )
    assert not lab.account.ledger.usable(plain.credential.id)
    assert lab.account.ledger.usable(with_mfa.credential.id)


def test_the_control_endpoint_gives_the_state(lab: Laboratory) -> None:
    status, told = lab.account.control.answer("GET", "state", {}, b"")
    assert (status, told) == (200, lab.account.state())
