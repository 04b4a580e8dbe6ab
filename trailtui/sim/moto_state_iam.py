"""What moto holds of an account's IAM, in a form that two moments can be compared in.

Left out is what time and use change by themselves: dates of creation, the last use.
"""

from __future__ import annotations

from trailtui.sim import moto_backend
from trailtui.sim.canonical import digest, document, plain
from trailtui.sim.dynamic import Dynamic, listed


def _policies(owner: Dynamic) -> dict[str, Dynamic]:
    return {
        "inline": {name: document(text) for name, text in sorted(owner.policies.items())},
        "attached": sorted(owner.managed_policies),
    }


def _tags(owner: Dynamic) -> dict[str, str]:
    """Tags as moto keeps them in its different ways: a list, or a mapping of mappings."""
    each = listed(getattr(owner, "tags", None))
    return {one["Key"]: one["Value"] for one in sorted(each, key=lambda one: one["Key"])}


def _user(backend: Dynamic, user: Dynamic) -> dict[str, Dynamic]:
    kept: list[Dynamic] = backend.tagger.list_tags_for_resource(user.arn)["Tags"]
    return {
        "id": user.id,
        "arn": user.arn,
        **_policies(user),
        "boundary": getattr(user, "permissions_boundary_arn", None),
        "groups": sorted(g.name for g in backend.groups.values() if user in g.users),
        "keys": {k.access_key_id: k.status for k in user.access_keys},
        "login_profile": None
        if user.password is None
        else {"password": digest(user.password), "reset": user.password_reset_required},
        "mfa_devices": sorted(user.mfa_devices),
        "signing_certificates": {c.id: c.status for c in user.signing_certificates.values()},
        "ssh_keys": {k.ssh_public_key_id: k.status for k in user.ssh_public_keys},
        "tags": {one["Key"]: one["Value"] for one in sorted(kept, key=lambda one: one["Key"])},
    }


def _role(role: Dynamic) -> dict[str, Dynamic]:
    return {
        "id": role.id,
        "arn": role.arn,
        **_policies(role),
        "boundary": role.permissions_boundary_arn,
        "trust": document(role.assume_role_policy_document),
        "description": role.description,
        "max_session_seconds": int(role.max_session_duration or 3600),
        "tags": _tags(role),
    }


def _managed(policy: Dynamic) -> dict[str, Dynamic]:
    return {
        "id": policy.id,
        "default": policy.default_version_id,
        "versions": {v.version_id: document(v.document) for v in policy.versions},
    }


def _providers(backend: Dynamic) -> dict[str, Dynamic]:
    saml: dict[str, Dynamic] = {
        p.arn: digest(p.saml_metadata_document) for p in backend.saml_providers.values()
    }
    oidc: dict[str, Dynamic] = {
        p.arn: {
            "url": p.url,
            "clients": sorted(p.client_id_list or []),
            "thumbprints": sorted(p.thumbprint_list or []),
        }
        for p in backend.open_id_providers.values()
    }
    return {"saml": saml, "openid": oidc}


def state(account: str) -> dict[str, Dynamic]:
    """All that can be changed in an account's IAM; AWS's own policies are not part of it."""
    backend = moto_backend.iam(account)
    own = {a: p for a, p in backend.managed_policies.items() if f"::{account}:" in a}
    return plain(
        {
            "users": {u.name: _user(backend, u) for u in backend.users.values()},
            "roles": {r.name: _role(r) for r in backend.roles.values()},
            "groups": {
                g.name: {"id": g.id, **_policies(g), "members": sorted(u.name for u in g.users)}
                for g in backend.groups.values()
            },
            "policies": {arn: _managed(policy) for arn, policy in own.items()},
            "instance_profiles": {
                p.name: {"id": p.id, "roles": sorted(r.name for r in p.roles)}
                for p in backend.instance_profiles.values()
            },
            "virtual_mfa_devices": {
                d.serial_number: d.user.name if d.user else None
                for d in backend.virtual_mfa_devices.values()
            },
            "providers": _providers(backend),
        }
    )
