import pytest

from trailtui.aws.identity import AwsIdentity


@pytest.mark.parametrize(
    ("arn", "user", "role", "session"),
    [
        ("arn:aws:iam::1:user/alice", "alice", None, None),
        ("arn:aws:iam::1:user/staff/x/alice", "alice", None, None),
        ("arn:aws:sts::1:assumed-role/ops/eve", None, "ops", "eve"),
        ("arn:aws-cn:sts::1:assumed-role/ops/a@b.example", None, "ops", "a@b.example"),
        ("arn:aws:sts::1:federated-user/alice", None, None, None),
        ("arn:aws:iam::1:root", None, None, None),
    ],
)
def test_who_an_arn_is(arn: str, user: str | None, role: str | None, session: str | None) -> None:
    identity = AwsIdentity("1", arn, "AID")
    assert (identity.user_name, identity.role_name, identity.session_name) == (user, role, session)
    assert identity.is_root == arn.endswith(":root")
    assert identity.partition in ("aws", "aws-cn")
