"""Who acted: one stable principal for each type of identity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records import ACCOUNT, record, role_session
from trailtui.model.identity import NOBODY, resolve_identity


def test_a_user_is_its_arn() -> None:
    found = resolve_identity(record()["userIdentity"])
    assert found.principal == f"arn:aws:iam::{ACCOUNT}:user/alice"
    assert found.credential == "AKIAEXAMPLEALICE0000"


def test_a_role_session_is_its_role() -> None:
    found = resolve_identity(role_session())
    assert found.principal == f"arn:aws:iam::{ACCOUNT}:role/deploy"
    assert found.session_name == "job-1"
    assert found.mfa is False
    assert found.session_created_ms == 1772351700000


def test_a_role_session_without_issuer_still_names_its_role() -> None:
    identity = role_session()
    del identity["sessionContext"]
    assert resolve_identity(identity).principal == f"arn:aws:iam::{ACCOUNT}:role/deploy"


@pytest.mark.parametrize(
    ("identity", "principal"),
    [
        ({"type": "Root", "accountId": ACCOUNT}, f"arn:aws:iam::{ACCOUNT}:root"),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, "ec2.amazonaws.com"),
        ({"type": "AWSAccount", "accountId": "999988887777", "principalId": "AIDAX"}, "AIDAX"),
        (
            {
                "type": "FederatedUser",
                "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
                "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{ACCOUNT}:user/alice"}},
            },
            f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
        ),
        (
            {
                "type": "IdentityCenterUser",
                "onBehalfOf": {
                    "userId": "u-1",
                    "identityStoreArn": "arn:aws:identitystore::1:identitystore/d-1",
                },
            },
            "u-1@d-1",
        ),
        ({"type": "SAMLUser", "principalId": "idp:alice", "userName": "alice"}, "idp:alice"),
        ({"invokedBy": "AWS Internal"}, "AWS Internal"),
        ({}, None),
    ],
)
def test_the_principal_by_type(identity: dict[str, object], principal: str | None) -> None:
    assert resolve_identity(identity).principal == principal


@pytest.mark.parametrize("identity", [None, "x", 3, []])
def test_no_identity_is_nobody(identity: object) -> None:
    assert resolve_identity(identity) == NOBODY


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["type", "arn", "sessionContext", "sessionIssuer", "onBehalfOf"]), inner
        )
    ),
    max_leaves=10,
)


@given(anything)
def test_nothing_breaks_it(identity: object) -> None:
    resolve_identity(identity)
