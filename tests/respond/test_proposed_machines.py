"""From the log of an intrusion into machines and functions to plans that close just that."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.respond.arranged_compute import make_function
from tests.respond.arranged_ec2 import permission, root, with_profile
from tests.respond.scene import make_user
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.lineage.tree import lineage
from trailtui.model.times import now_ms
from trailtui.respond.proposing import propose
from trailtui.respond.run import apply, make_plan
from trailtui.sim.account import SimulatedAccount

FAR = "eu-west-1"


@pytest.fixture
def read_logs(account: SimulatedAccount, armed_case: Case, tmp_path: Path) -> Callable[[], None]:
    """Puts what was recorded so far into the case."""

    def read() -> None:
        account.deliver(tmp_path / "logs")
        collect_files(armed_case, [str(tmp_path / "logs")], workers=1)

    return read


def test_what_the_intruder_opened_is_proposed_planned_and_closed(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: Callable[[float], None],
    read_logs: Callable[[], None],
) -> None:
    machine, _, _ = with_profile(account)
    function, namesake = make_function(account), root(account, "lambda", FAR)
    intruder = make_user(account)
    act = account.actor(intruder.credential)
    ec2 = act.client("ec2", FAR)
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="web", Description="x", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission(22)])
    act.client("lambda").add_permission(
        FunctionName=function, StatementId="odd", Action="lambda:InvokeFunction", Principal="*"
    )
    act.client("ssm").start_session(Target=machine["InstanceId"])
    read_logs()
    tree = lineage(armed_case, intruder.credential.id, now_ms())
    wishes = {wish.action: wish for wish in propose(tree, account.number).wishes}
    assert wishes["isolate-instance"].target == machine["InstanceId"]
    assert wishes["revoke-ingress"].parameters == {"rule": "tcp/22/0.0.0.0/0", "region": FAR}
    assert wishes["remove-function-permission"].parameters["statement"] == "odd"
    assert "stop-instance" not in wishes  # it would destroy what is in memory
    for name in ("isolate-instance", "revoke-ingress", "remove-function-permission"):
        wish = wishes[name]
        plan = make_plan(armed_case, aws, name, wish.target, wish.parameters)
        assert apply(armed_case, aws, plan.hash, plan.subject.id, sleep=no_wait).is_good
    assert namesake.list_functions()["Functions"] == []
