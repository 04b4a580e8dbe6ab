"""Every action there is, by name; a new module gets a line in the list here."""

from importlib import import_module
from typing import cast

from trailtui.model.errors import InputError
from trailtui.respond.action import Action

_MODULES = (
    "auto_scaling",
    "config_recorders",
    "detectors",
    "ec2_isolation",
    "ec2_lifecycle",
    "ec2_profiles",
    "ec2_snapshots",
    "flow_logs",
    "iam_console_access",
    "iam_denials",
    "iam_groups",
    "iam_key_deletion",
    "iam_keys",
    "iam_mfa",
    "iam_policy_changes",
    "iam_providers",
    "iam_quarantine",
    "iam_role_removal",
    "iam_role_trust",
    "iam_session_denials",
    "iam_sessions",
    "iam_user_removal",
    "identity_center",
    "kms_keys",
    "lambda_code",
    "lambda_concurrency",
    "lambda_event_sources",
    "lambda_layers",
    "lambda_permissions",
    "load_balancers",
    "organisation_denials",
    "organisation_root",
    "s3_bucket_policies",
    "s3_public_access",
    "secret_denials",
    "security_groups",
    "shared_databases",
    "shared_images",
    "trail_recreation",
    "trail_selectors",
    "trails",
)
"""Of this package. Each has its actions in a tuple called ACTIONS."""


def _actions_of(module: str) -> tuple[Action, ...]:
    return cast("tuple[Action, ...]", import_module(f"{__package__}.{module}").ACTIONS)


_ALL = tuple(
    sorted((one for module in _MODULES for one in _actions_of(module)), key=lambda one: one.order)
)


def actions() -> dict[str, Action]:
    """The actions by name, in the order in which containment usually takes them."""
    return {action.name: action for action in _ALL}


def find_action(name: str) -> Action:
    """The action of that name; raises InputError, naming those there are."""
    try:
        return actions()[name]
    except KeyError:
        raise InputError(
            f"there is no action {name!r}", cure=f"Use one of: {', '.join(actions())}."
        ) from None
