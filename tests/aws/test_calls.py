import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.aws.calls import ApiCall


@pytest.mark.parametrize(
    ("operation", "reads"),
    [
        ("GetUser", True),
        ("ListAccessKeys", True),
        ("DescribeTrails", True),
        ("LookupEvents", True),
        ("SimulatePrincipalPolicy", True),
        ("UpdateAccessKey", False),
        ("PutUserPolicy", False),
        ("GetSessionToken", False),
        ("GetFederationToken", False),
        ("GetSecretValue", False),
        ("AssumeRole", False),
        ("GenerateCredentialReport", False),
    ],
)
def test_what_counts_as_reading(operation: str, reads: bool) -> None:
    assert ApiCall("iam", operation).reads_only is reads


def test_the_line_for_the_aws_tool() -> None:
    call = ApiCall(
        "iam",
        "PutUserPolicy",
        {"UserName": "a b", "PolicyDocument": '{"Effect": "Deny"}', "PolicyName": "x"},
    )
    assert call.command(("--profile", "ir")) == (
        "aws --profile ir iam put-user-policy --user-name 'a b' "
        """--policy-document '{"Effect": "Deny"}' --policy-name x"""
    )


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("MFADevice", "--mfa-device"),
        ("SAMLProviderArn", "--saml-provider-arn"),
        ("UserName", "--user-name"),
        ("DBSnapshotIdentifier", "--db-snapshot-identifier"),
    ],
)
def test_names_as_the_aws_tool_writes_them(name: str, option: str) -> None:
    assert ApiCall("x", "GetX", {name: "v"}).command().split()[3] == option


def test_lists_and_truths() -> None:
    words = ApiCall("ec2", "StopInstances", {"InstanceIds": ["i-1"], "Force": False}).command()
    assert words == "aws ec2 stop-instances --instance-ids '[\"i-1\"]' --no-force"


@given(st.text())
def test_a_hostile_value_stays_one_word_of_the_shell(value: str) -> None:
    line = ApiCall("iam", "GetUser", {"UserName": value}).command()
    assert shlex.split(line) == ["aws", "iam", "get-user", "--user-name", value]
