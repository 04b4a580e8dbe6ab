"""What follows from a call that was carried out, beside its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trailtui.sim import (
    event_fields,
    moto_backend,
    moto_compute,
    moto_identity_center,
    moto_trails,
    protocol,
)

if TYPE_CHECKING:
    from trailtui.sim.identity import Credential
    from trailtui.sim.protocol import Answer, ApiCall
    from trailtui.sim.world import World

_ADMINISTRATOR = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
)
_SETS_WHAT_RUNS = ("CreateFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration")
_DEFAULT_ROLE = "OrganizationAccountAccessRole"


def take_effect(
    world: World, call: ApiCall, caller: Credential, answer: Answer, *, recorded: bool
) -> None:
    """Tell those who follow the account's state that it changed.

    Args:
        world: the account.
        call: what was done, with success.
        caller: who did it.
        answer: what they are told.
        recorded: whether the call will be the next record.
    """
    if event_fields.is_read_only(call):
        return
    if call.service == "iam":
        world.iam.note_change(caller.account)
        if call.operation == "CreateAccessKey":
            made = protocol.read_answer(call, answer)["AccessKey"]["AccessKeyId"]
            world.credentials.register_key(made, caller.id)
        if call.operation in ("CreateLoginProfile", "UpdateLoginProfile"):
            _note_password(world, call, caller)
    elif call.service == "cloudtrail":
        world.trails.note_change(caller.account, recorded=recorded)
    elif call.service == "sso-admin":
        _after_identity_center(world, call, caller)
    elif call.service == "lambda" and call.operation in _SETS_WHAT_RUNS:
        name = str(call.params["FunctionName"]).rpartition(":")[2]
        world.federation.makers[f"lambda/{caller.account}/{call.region}/{name}"] = caller.id
    elif call.service == "ec2":
        _after_ec2(world, call, caller, answer)
    elif call.service == "organizations":
        _after_organizations(world, call, caller, answer)


def remember_before(world: World, call: ApiCall, caller: Credential) -> None:
    """Look at every account that a call changes the policies of, while they are what they were."""
    shared = call.service in ("organizations", "sso-admin")
    if not shared or event_fields.is_read_only(call):
        return
    organisation = moto_trails.organisation_of(caller.account)
    for account in organisation.accounts if organisation else ():
        world.iam.view(account)


def _after_organizations(world: World, call: ApiCall, caller: Credential, answer: Answer) -> None:
    if call.operation == "CreateAccount":
        made = protocol.read_answer(call, answer)["CreateAccountStatus"]["AccountId"]
        _let_the_management_in(world, made, str(call.params.get("RoleName", _DEFAULT_ROLE)))
    organisation = moto_trails.organisation_of(caller.account)
    for account in organisation.accounts if organisation else ():
        world.iam.note_change(account)


def _after_identity_center(world: World, call: ApiCall, caller: Credential) -> None:
    named, target = call.params.get("PermissionSetArn"), call.params.get("TargetId")
    if call.operation in ("CreateAccountAssignment", "ProvisionPermissionSet"):
        for account in moto_identity_center.provision(caller.account, str(named)):
            world.iam.note_change(account)
    elif call.operation == "DeleteAccountAssignment":
        moto_identity_center.withdraw(caller.account, str(named), str(target))
        world.iam.note_change(str(target))


def _after_ec2(world: World, call: ApiCall, caller: Credential, answer: Answer) -> None:
    """What moto does not follow: groups of interfaces and instances, replaced profiles."""
    place, params = (caller.account, call.region), call.params
    if call.operation in ("StopInstances", "TerminateInstances"):
        for stopped in params.get("InstanceIds", []):
            world.federation.instance_sessions.pop(stopped, None)
    elif call.operation == "RunInstances":
        for made in protocol.read_answer(call, answer)["Instances"]:
            moto_compute.give_default_group(*place, made["InstanceId"])
            world.federation.makers[made["InstanceId"]] = caller.id
    elif call.operation == "ReplaceIamInstanceProfileAssociation":
        number = f"iip-assoc-{world.random.getrandbits(68):017x}"
        moto_compute.replace_profile(*place, str(params["AssociationId"]), number)
    elif call.operation == "ModifyInstanceAttribute" and params.get("Groups"):
        moto_compute.set_instance_groups(*place, params["InstanceId"], params["Groups"])
    elif call.operation == "ModifyNetworkInterfaceAttribute" and params.get("Groups"):
        moto_compute.follow_interface(*place, params["NetworkInterfaceId"])


def _note_password(world: World, call: ApiCall, caller: Credential) -> None:
    """Who signs in with a password does so by the grace of whoever set it last."""
    user = moto_backend.iam(caller.account).users.get(call.params.get("UserName", ""))
    if user is not None and ("Password" in call.params):
        world.federation.password_makers[user.id] = caller.id


def _let_the_management_in(world: World, account: str, role_name: str) -> None:
    """The role in a new account, which moto makes without permissions.

    Source: Organizations User Guide, "Accessing a member account that has
    OrganizationAccountAccessRole": it is an administrator.
    """
    for role in moto_backend.iam(account).roles.values():
        if role.name == role_name:
            role.put_policy("AdministratorAccess", _ADMINISTRATOR)
    world.iam.note_change(account)
