"""Each way in which a credential comes out of another, by hand-made records."""

from pathlib import Path

import pytest

from tests.lineage.stories import (
    ACCOUNT,
    HOUR,
    OTHER,
    ROOT,
    START_MS,
    assume,
    call,
    console,
    service,
    session,
    spoken,
    stamp,
    tree_of,
    used,
    user,
    ways,
)
from trailtui.lineage.tree import NodeKind, Place

ISSUED, SAME, INFERRED = "issued key id seen", "same session", "inferred"
ONE, TWO, THREE = "ASIAONE0000000000000", "ASIATWO0000000000000", "ASIATHREE00000000000"
KEY = "AKIASECOND0000000000"
USER = f"arn:aws:iam::{ACCOUNT}:user"
INSTANCE = "i-0123456789abcdef0"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:tidy"


def given(key: str, until: int) -> dict[str, object]:
    return {"credentials": {"accessKeyId": key, "expiration": spoken(until)}}


def test_a_chain_of_roles_lives_an_hour(tmp_path: Path) -> None:
    records = [
        assume(0, user(), ONE, "first", seconds=4 * HOUR),
        assume(60, session(ONE, "first"), TWO, "second", seconds=HOUR),
        used(70, session(TWO, "second", at=60)),
    ]
    tree = tree_of(tmp_path, records)
    assert ways(tree) == {(ROOT, "AssumeRole", ONE, ISSUED), (ONE, "AssumeRole", TWO, ISSUED)}
    assert tree.nodes[TWO].until_ms == START_MS + (60 + HOUR) * 1000
    assert (tree.nodes[ONE].never_used, tree.nodes[TWO].never_used) == (False, False)
    assert tree.nodes[TWO].principal == f"arn:aws:iam::{ACCOUNT}:role/second"


def test_a_chained_session_without_an_answer_lives_at_most_an_hour(tmp_path: Path) -> None:
    silent = assume(60, session(ONE, "first"), TWO, "second") | {"responseElements": None}
    records = [assume(0, user(), ONE, "first"), silent, used(70, session(TWO, "second", at=60))]
    tree = tree_of(tmp_path, records)
    assert (ONE, "AssumeRole", TWO, SAME) in ways(tree)
    assert tree.nodes[TWO].until_ms == START_MS + (60 + HOUR) * 1000


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("GetSessionToken", given(ONE, 36 * HOUR)),
        (
            "GetFederationToken",
            given(ONE, 36 * HOUR)
            | {"federatedUser": {"arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob"}},
        ),
    ],
)
def test_sessions_of_a_user(tmp_path: Path, name: str, answer: dict[str, object]) -> None:
    tree = tree_of(tmp_path, [call(0, user(), "sts", name, asked={"name": "bob"}, answered=answer)])
    assert ways(tree) == {(ROOT, name, ONE, ISSUED)}
    node = tree.nodes[ONE]
    assert node.principal == f"{USER}/alice"
    assert node.until_ms == START_MS + 36 * HOUR * 1000
    federated = ["deny-federated-session"] if name == "GetFederationToken" else []
    assert [one.action for one in node.ended_by] == [
        "revoke-user-sessions", "deny-user", *federated,
    ]  # fmt: skip


def test_root_of_a_member_account(tmp_path: Path) -> None:
    asked = {"targetPrincipal": OTHER, "durationSeconds": 900}
    tree = tree_of(
        tmp_path,
        [
            call(
                0,
                user(),
                "sts",
                "AssumeRoot",
                asked=asked,
                answered={"credentials": {"accessKeyId": ONE}},
            )
        ],
    )
    node = tree.nodes[ONE]
    assert (node.account, node.principal) == (OTHER, f"arn:aws:iam::{OTHER}:root")
    assert node.until_ms == START_MS + 900 * 1000
    assert [one.action for one in node.ended_by] == ["remove-member-root-credentials"]


def test_saml_and_web_identity_are_where_a_session_came_from(tmp_path: Path) -> None:
    saml = {"type": "SAMLUser", "principalId": "x:alice", "userName": "alice"}
    records = [
        assume(0, saml, ONE, event="AssumeRoleWithSAML", account=ACCOUNT),
        used(10, session(ONE)),
        assume(20, session(ONE), TWO, "second"),
    ]
    tree = tree_of(tmp_path, records, root=ONE)
    assert ways(tree) == {
        ("x:alice", "AssumeRoleWithSAML", ONE, ISSUED),
        (ONE, "AssumeRole", TWO, ISSUED),
    }
    assert tree.nodes["x:alice"].place is Place.ORIGIN
    assert tree.nodes["x:alice"].kind is NodeKind.IDENTITY


def test_a_provider_that_was_made_vouches_for_sessions(tmp_path: Path) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:saml-provider/evil"
    saml = {"type": "SAMLUser", "principalId": "x:anyone", "userName": "anyone"}
    records = [
        call(0, user(), "iam", "CreateSAMLProvider", answered={"sAMLProviderArn": arn}),
        assume(60, saml, ONE, event="AssumeRoleWithSAML", wished={"principalArn": arn}),
        assume(61, saml, TWO, event="AssumeRoleWithSAML", wished={"principalArn": arn + "2"}),
    ]
    tree = tree_of(tmp_path, records)
    assert ways(tree) == {
        (ROOT, "CreateSAMLProvider", arn, ISSUED),
        (arn, "AssumeRoleWithSAML", ONE, INFERRED),
    }
    assert tree.nodes[arn].ended_by[0].action == "remove-identity-provider"


def test_a_trust_anchor_that_was_made(tmp_path: Path) -> None:
    arn = f"arn:aws:rolesanywhere:us-east-1:{ACCOUNT}:trust-anchor/a"
    made = {"trustAnchor": {"trustAnchorArn": arn}}
    role = f"arn:aws:iam::{ACCOUNT}:role/edge"
    one = {
        "roleArn": role,
        "credentials": {"accessKeyId": ONE, "expiration": stamp(HOUR)},
        "assumedRoleUser": {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/edge/cert"},
    }
    certificate = {"type": "Unknown", "principalId": "CN=x", "accountId": ACCOUNT}
    records = [
        call(0, user(), "rolesanywhere", "CreateTrustAnchor", answered=made),
        call(
            30,
            certificate,
            "rolesanywhere",
            "CreateSession",
            asked={"trustAnchorArn": arn},
            answered={"credentialSet": [one]},
        ),
    ]
    tree = tree_of(tmp_path, records)
    assert (arn, "CreateSession", ONE, INFERRED) in ways(tree)
    assert tree.nodes[ONE].expires_ms == START_MS + HOUR * 1000


def test_keys_users_and_passwords(tmp_path: Path) -> None:
    bob = f"{USER}/bob"
    records = [
        call(0, user(), "iam", "CreateUser", asked={"userName": "bob"},
             answered={"user": {"userName": "bob", "arn": bob, "userId": f"AIDA{'BOB':0<16}"}}),
        call(1, user(), "iam", "CreateAccessKey", asked={"userName": "bob"},
             answered={"accessKey": {"accessKeyId": KEY, "userName": "bob"}}),
        call(2, user(), "iam", "CreateLoginProfile", asked={"userName": "bob"},
             answered={"loginProfile": {"userName": "bob"}}),
        used(3, user("bob", KEY)),
        used(4, user("bob", "AKIAUNSEEN0000000000")),
        used(5, user("bob", "AKIAELSEWHERE0000000", OTHER)),
    ]  # fmt: skip
    tree = tree_of(tmp_path, records)
    assert ways(tree) == {
        (ROOT, "CreateUser", bob, ISSUED),
        (ROOT, "CreateAccessKey", KEY, ISSUED),
        (ROOT, "CreateLoginProfile", f"{bob} password", ISSUED),
        (bob, "acts as", "AKIAUNSEEN0000000000", INFERRED),
    }
    assert tree.nodes[KEY].until_ms is None
    assert tree.nodes[KEY].state == "live"


def test_the_users_other_keys_are_no_descendants(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, [used(0, user()), used(1, user("alice", KEY))])
    assert set(tree.nodes) == {ROOT}


def signed_in(
    second: int, name: str = "bob", outcome: str = "Success", ip: str | None = None
) -> dict[str, object]:
    who = user(name)
    del who["accessKeyId"]
    record = call(second, who, "signin", "ConsoleLogin", answered={"ConsoleLogin": outcome})
    return record | ({"sourceIPAddress": ip} if ip else {})


def test_a_password_lets_the_console_in(tmp_path: Path) -> None:
    password = f"{USER}/bob password"
    records = [
        signed_in(-500),
        call(0, user(), "iam", "UpdateLoginProfile", asked={"userName": "bob"}),
        signed_in(100, outcome="Failure"),
        signed_in(200),
        used(210, console(ONE, 200, "bob"), sessionCredentialFromConsole="true"),
        used(220, console(TWO, 201, "bob")),
        used(230, console(THREE, -500, "bob"), sessionCredentialFromConsole="true"),
    ]
    tree = tree_of(tmp_path, records)
    sign_in = f"console {USER}/bob {stamp(200)}"
    assert ways(tree) == {
        (ROOT, "UpdateLoginProfile", password, ISSUED),
        (password, "ConsoleLogin", sign_in, INFERRED),
        (sign_in, "ConsoleLogin", ONE, SAME),
        (sign_in, "ConsoleLogin", TWO, SAME),
    }
    assert tree.nodes[ONE].certainty == INFERRED


def test_one_key_of_a_sign_in_leads_to_the_others_and_to_the_user(tmp_path: Path) -> None:
    records = [
        signed_in(0),
        used(10, console(ONE, 0, "bob"), sessionCredentialFromConsole="true"),
        used(20, console(TWO, 0, "bob"), sessionCredentialFromConsole="true"),
        signed_in(300, ip="198.51.100.31"),
        used(310, console(THREE, 300, "bob"), sessionCredentialFromConsole="true"),
    ]
    tree = tree_of(tmp_path, records, root=ONE)
    assert set(tree.nodes) == {ONE, TWO, f"console {USER}/bob {stamp(0)}", f"{USER}/bob"}
    assert tree.nodes[TWO].place is Place.DESCENDANT
    assert tree.nodes[f"{USER}/bob"].place is Place.ORIGIN


def test_a_token_to_sign_in_with_names_the_consoles_key(tmp_path: Path) -> None:
    answered = {"credentials": {"accessKeyId": TWO}, "GetSigninToken": "Success"}
    records = [
        assume(0, user(), ONE),
        call(30, session(ONE), "signin", "GetSigninToken", answered=answered),
        used(60, session(TWO, at=30), sessionCredentialFromConsole="true"),
        used(70, session(THREE, at=31), sessionCredentialFromConsole="true"),
        used(80, session("ASIAOTHERS0000000000", at=3000), sessionCredentialFromConsole="true"),
    ]
    tree = tree_of(tmp_path, records)
    assert (ONE, "GetSigninToken", TWO, ISSUED) in ways(tree)
    assert any((how, child, sure) == ("ConsoleLogin", THREE, SAME)
               for _, how, child, sure in ways(tree))  # fmt: skip


def test_a_role_that_was_switched_to(tmp_path: Path) -> None:
    admin = session("", "admin", "bob")
    del admin["accessKeyId"]
    records = [
        signed_in(0),
        used(10, console(ONE, 0, "bob"), sessionCredentialFromConsole="true"),
        call(60, admin, "signin", "SwitchRole", answered={"SwitchRole": "Success"},
             additionalEventData={"SwitchFrom": f"{USER}/bob"}),
        used(70, session(TWO, "admin", "bob", at=60), sessionCredentialFromConsole="true"),
    ]  # fmt: skip
    tree = tree_of(tmp_path, records, root=ONE)
    switched = f"console arn:aws:sts::{ACCOUNT}:assumed-role/admin/bob {stamp(60)}"
    sign_in = f"console {USER}/bob {stamp(0)}"
    assert (sign_in, "SwitchRole", switched, ISSUED) in ways(tree)
    assert (switched, "ConsoleLogin", TWO, SAME) in ways(tree)
    back = tree_of(tmp_path / "back", records, root=TWO)
    assert back.nodes[switched].place is Place.ORIGIN


def test_an_instance_gives_its_credentials_to_whoever_is_on_it(tmp_path: Path) -> None:
    ec2 = service("ec2.amazonaws.com")
    records = [
        assume(-7 * HOUR, ec2, "ASIAOLD0000000000000", "app", INSTANCE, seconds=6 * HOUR, number=1),
        assume(-HOUR, ec2, ONE, "app", INSTANCE, seconds=6 * HOUR, number=2),
        assume(-HOUR, ec2, THREE, "app", "i-0ffffffffffffffff", seconds=6 * HOUR, number=3),
        call(0, user(), "ssm", "StartSession", asked={"target": INSTANCE}, number=4),
        used(60, session(ONE, "app", INSTANCE, at=-HOUR), number=5),
        used(HOUR, session(TWO, "app", INSTANCE, at=HOUR), number=6),
    ]
    tree = tree_of(tmp_path, records, after=2 * HOUR)
    assert ways(tree) == {
        (ROOT, "StartSession", INSTANCE, INFERRED),
        (INSTANCE, "AssumeRole", ONE, INFERRED),
        (INSTANCE, "acts as", TWO, INFERRED),
    }
    up = tree_of(tmp_path / "up", records, root=ONE)
    assert up.nodes[INSTANCE].place is Place.ORIGIN


def test_an_instance_without_a_profile_gives_nothing(tmp_path: Path) -> None:
    answered = {"instancesSet": {"items": [{"instanceId": INSTANCE}]}}
    started = call(0, user(), "ec2", "RunInstances", asked={}, answered=answered)
    assert set(tree_of(tmp_path, [started]).nodes) == {ROOT}
    asked = {"iamInstanceProfile": {"name": "app"}}
    with_role = call(0, user(), "ec2", "RunInstances", asked=asked, answered=answered)
    assert set(tree_of(tmp_path / "two", [with_role]).nodes) == {ROOT, INSTANCE}


def test_a_functions_code_acts_as_its_role(tmp_path: Path) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/tidy-role"
    answered = {"functionName": "tidy", "functionArn": FUNCTION, "role": role}
    awslambda = service("lambda.amazonaws.com")
    scoped = session(THREE, "tidy-role", "renamed", at=80)
    scoped["inScopeOf"] = {"credentialsIssuedTo": FUNCTION}
    records = [
        assume(-60, awslambda, "ASIABEFORE0000000000", "tidy-role", "tidy"),
        call(0, user(), "lambda", "UpdateFunctionCode20150331v2", answered=answered),
        assume(60, awslambda, ONE, "tidy-role", "tidy"),
        used(70, session(TWO, "tidy-role", "tidy", at=65)),
        used(80, scoped),
        used(90, session("ASIASOMEONE000000000", "tidy-role", "human", at=85)),
    ]
    tree = tree_of(tmp_path, records)
    assert {child for parent, _, child, _ in ways(tree) if parent == FUNCTION} == {ONE, TWO, THREE}


def test_a_task_of_ecs(tmp_path: Path) -> None:
    task = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/cluster/0123456789abcdef"
    records = [
        call(0, user(), "ecs", "RunTask", answered={"tasks": [{"taskArn": task}]}),
        used(60, session(ONE, "task-role", "0123456789abcdef", at=50)),
    ]
    assert (task, "acts as", ONE, INFERRED) in ways(tree_of(tmp_path, records))


def shared(who: dict[str, object], **more: object) -> dict[str, object]:
    taken = assume(0, who, ONE, "partner", account=OTHER, sharedEventID="shared-1", **more)
    outsider = {
        "type": "AWSAccount", "principalId": who["principalId"], "accountId": who["accountId"],
    }  # fmt: skip
    return taken | {"userIdentity": outsider, "recipientAccountId": OTHER, "eventID": "theirs"}


def test_another_accounts_record_joins_the_callers_own(tmp_path: Path) -> None:
    mine = assume(0, user(), ONE, "partner", account=OTHER, sharedEventID="shared-1")
    tree = tree_of(
        tmp_path, [mine, shared(user()), used(9, session(ONE, "partner", account=OTHER))]
    )
    assert ways(tree) == {(ROOT, "AssumeRole", ONE, ISSUED)}
    (edge,) = tree.edges
    assert len(edge.events) == 2
    assert tree.nodes[ONE].account == OTHER


def test_another_accounts_record_alone_is_inferred(tmp_path: Path) -> None:
    records = [used(-5, user()), shared(user())]
    assert ways(tree_of(tmp_path, records)) == {(ROOT, "AssumeRole", ONE, INFERRED)}


def test_another_accounts_record_of_the_users_other_key_is_not_ours(tmp_path: Path) -> None:
    mine = assume(0, user("alice", KEY), ONE, "partner", account=OTHER)
    assert ways(tree_of(tmp_path, [used(-5, user()), mine, shared(user())])) == set()


def test_a_trust_that_was_opened_lets_another_account_in(tmp_path: Path) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    document = (
        '{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": '
        f'"arn:aws:iam::{OTHER}:root"}}}}}}'
    )
    outsider = {"type": "AWSAccount", "principalId": "AIDAMALLORY", "accountId": OTHER}
    records = [
        assume(-60, outsider, "ASIABEFORE0000000000", account=ACCOUNT),
        call(0, user(), "iam", "UpdateAssumeRolePolicy",
             asked={"roleName": "deploy", "policyDocument": document}),
        assume(60, outsider, ONE, account=ACCOUNT) | {"recipientAccountId": ACCOUNT},
        assume(61, outsider | {"accountId": "777788889999"}, TWO),
        assume(70, session(ONE), THREE, "second"),
    ]  # fmt: skip
    tree = tree_of(tmp_path, records)
    assert ways(tree) == {
        (ROOT, "AssumeRole", ONE, INFERRED),
        (ONE, "AssumeRole", THREE, ISSUED),
    }
    (opened,) = tree.opened
    assert (opened.target, opened.ended_by[0].action) == (role, "restore-role-trust")


def test_a_role_that_was_made_is_followed_whoever_takes_it(tmp_path: Path) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/backdoor"
    records = [
        call(0, user(), "iam", "CreateRole", asked={"roleName": "backdoor"},
             answered={"role": {"roleName": "backdoor", "arn": arn}}),
        assume(60, user("mallory", KEY), ONE, "backdoor"),
    ]  # fmt: skip
    tree = tree_of(tmp_path, records)
    assert ways(tree) == {(ROOT, "CreateRole", arn, ISSUED), (arn, "AssumeRole", ONE, INFERRED)}


def test_a_source_identity_leads_on_where_records_are_missing(tmp_path: Path) -> None:
    taken = assume(0, user(), ONE, wished={"sourceIdentity": "mallory"})
    lost = session(TWO, "second", at=60, sourceIdentity="mallory")
    tree = tree_of(tmp_path, [taken, used(70, lost)])
    assert ways(tree) == {
        (ROOT, "AssumeRole", ONE, ISSUED), (ONE, "sourceIdentity", TWO, INFERRED),
    }  # fmt: skip
    elsewhere = assume(60, user("bob", KEY), TWO, "second", wished={"sourceIdentity": "mallory"})
    other = tree_of(tmp_path / "known", [taken, elsewhere, used(70, lost)])
    assert ways(other) == {(ROOT, "AssumeRole", ONE, ISSUED)}
    assert [one.id for one in other.also] == [TWO]


def test_a_user_of_identity_center_that_was_made(tmp_path: Path) -> None:
    store = "arn:aws:identitystore::111122223333:identitystore/d-1"
    behalf = session(ONE, "AWSReservedSSO_Admin_1", "eve", at=60)
    behalf["onBehalfOf"] = {"userId": "u-1", "identityStoreArn": store}
    records = [
        call(0, user(), "sso-directory", "CreateUser", asked={"identityStoreId": "d-1"},
             answered={"user": {"userId": "u-1"}}),
        used(70, behalf),
    ]  # fmt: skip
    tree = tree_of(tmp_path, records)
    assert ways(tree) == {
        (ROOT, "CreateUser", "u-1@d-1", ISSUED), ("u-1@d-1", "onBehalfOf", ONE, INFERRED),
    }  # fmt: skip
    assert tree.nodes[ONE].ended_by[0].action == "deny-sso-user"


def test_a_refused_call_issues_nothing(tmp_path: Path) -> None:
    refused = assume(0, user(), ONE) | {"errorCode": "AccessDenied"}
    assert set(tree_of(tmp_path, [refused]).nodes) == {ROOT}


def test_where_a_key_came_from(tmp_path: Path) -> None:
    made = call(0, session(ONE), "iam", "CreateAccessKey", asked={"userName": "alice"},
                answered={"accessKey": {"accessKeyId": ROOT, "userName": "alice"}})  # fmt: skip
    records = [assume(-60, user("carol", KEY), ONE), made, used(10, user())]
    tree = tree_of(tmp_path, records)
    assert [(node.id, node.place) for node in tree.origins()] == [
        (ONE, Place.ORIGIN), (KEY, Place.ORIGIN),
    ]  # fmt: skip
    assert {node.id for node in tree.live()} == {ROOT}
    assert {node.id for node in tree.live_origins()} == {ONE, KEY}
