"""Every action there is, by name; a new module gets a line in each of the two lists here."""

from trailtui.model.errors import InputError
from trailtui.respond import (
    auto_scaling,
    config_recorders,
    detectors,
    ec2_isolation,
    ec2_lifecycle,
    ec2_profiles,
    ec2_snapshots,
    flow_logs,
    iam_console_access,
    iam_denials,
    iam_groups,
    iam_key_deletion,
    iam_keys,
    iam_mfa,
    iam_policy_changes,
    iam_providers,
    iam_quarantine,
    iam_role_removal,
    iam_role_trust,
    iam_session_denials,
    iam_sessions,
    iam_user_removal,
    identity_center,
    kms_keys,
    lambda_code,
    lambda_concurrency,
    lambda_event_sources,
    lambda_layers,
    lambda_permissions,
    load_balancers,
    organisation_denials,
    organisation_root,
    s3_bucket_policies,
    s3_public_access,
    secret_denials,
    security_groups,
    shared_databases,
    shared_images,
    trail_recreation,
    trail_selectors,
    trails,
)
from trailtui.respond.action import Action

_MODULES = (
    auto_scaling,
    config_recorders,
    detectors,
    ec2_isolation,
    ec2_lifecycle,
    ec2_profiles,
    ec2_snapshots,
    flow_logs,
    iam_console_access,
    iam_denials,
    iam_groups,
    iam_key_deletion,
    iam_keys,
    iam_mfa,
    iam_policy_changes,
    iam_providers,
    iam_quarantine,
    iam_role_removal,
    iam_role_trust,
    iam_session_denials,
    iam_sessions,
    iam_user_removal,
    identity_center,
    kms_keys,
    lambda_code,
    lambda_concurrency,
    lambda_event_sources,
    lambda_layers,
    lambda_permissions,
    load_balancers,
    organisation_denials,
    organisation_root,
    s3_bucket_policies,
    s3_public_access,
    secret_denials,
    security_groups,
    shared_databases,
    shared_images,
    trail_recreation,
    trail_selectors,
    trails,
)
"""Each has its actions in a tuple called ACTIONS."""

_ALL: tuple[Action, ...] = tuple(
    sorted((action for module in _MODULES for action in module.ACTIONS), key=lambda a: a.order)
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
