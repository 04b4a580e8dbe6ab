"""What moto holds of functions, logging and the organisation, to compare two moments."""

from __future__ import annotations

from trailtui.sim import moto_policies
from trailtui.sim.canonical import digest, document, plain, same_order
from trailtui.sim.dynamic import Dynamic, fields, listed
from trailtui.sim.moto_policies import existing

_CONFIGURED = ("run_time", "handler", "role", "description", "memory_size", "timeout")


def _function(latest: Dynamic) -> dict[str, Dynamic]:
    concurrency = latest.reserved_concurrency
    return {
        "code": latest.code_sha_256,
        "layers": sorted(str(fields(one).get("Arn", one)) for one in listed(latest.layers)),
        "environment": {k: digest(str(v)) for k, v in fields(latest.environment_vars).items()},
        "concurrency": None if concurrency is None else int(concurrency),
        "policy": same_order(latest.policy.statements),
        "url": None if latest.url_config is None else latest.url_config.config.get("AuthType"),
        **{name: getattr(latest, name) for name in _CONFIGURED},
    }


def functions(account: str, region: str) -> dict[str, Dynamic]:
    """Lambda functions with their code's hash, and what feeds them."""
    backend = existing("lambda", account, region)
    if backend is None:
        return {}
    known: dict[str, Dynamic] = backend._lambdas._functions
    feeds: list[Dynamic] = list(backend._event_source_mappings.values())
    return plain(
        {
            "functions": {
                name: _function(kept["latest"])
                | {"versions": sorted(str(v.version) for v in kept["versions"])}
                for name, kept in known.items()
            },
            "feeds": {
                feed.uuid: [feed.event_source_arn, feed.function_arn, bool(feed.enabled)]
                for feed in feeds
            },
        }
    )


_TRAIL = (
    "bucket_name",
    "sns_topic_name",
    "is_multi_region",
    "log_validation",
    "is_org_trail",
    "include_global_service_events",
    "cw_log_group_arn",
    "cw_role_arn",
    "kms_key_id",
)


def trails(account: str, region: str) -> dict[str, Dynamic]:
    """Trails: whether they log, what they select, where they write."""
    backend = existing("cloudtrail", account, region)
    kept: list[Dynamic] = list(backend.trails.values()) if backend else []
    return plain(
        {
            trail.arn: {
                "logging": bool(trail.status.is_logging),
                "selectors": same_order(trail.event_selectors),
                "advanced": same_order(trail.advanced_event_selectors),
                "insights": same_order(trail.insight_selectors),
                **{name: getattr(trail, name) or None for name in _TRAIL},
            }
            for trail in kept
        }
    )


def guardduty(account: str, region: str) -> dict[str, Dynamic]:
    """Detectors and whether they are on."""
    backend = existing("guardduty", account, region)
    kept: dict[str, Dynamic] = backend.detectors if backend else {}
    return plain(
        {
            number: {
                "enabled": str(one.enabled).lower() == "true",
                "frequency": one.finding_publish_freq,
                "filters": sorted(one.filters),
            }
            for number, one in kept.items()
        }
    )


def config(account: str, region: str) -> dict[str, Dynamic]:
    """AWS Config's recorders and delivery channels."""
    backend = existing("config", account, region)
    recorders: dict[str, Dynamic] = backend.recorders if backend else {}
    channels: dict[str, Dynamic] = backend.delivery_channels if backend else {}
    return plain(
        {
            "recorders": {
                name: {
                    "role": one.role_arn,
                    "recording": bool(one.status.recording),
                    "group": one.recording_group.to_dict(),
                }
                for name, one in recorders.items()
            },
            "channels": {name: one.s3_bucket_name for name, one in channels.items()},
        }
    )


def organisation(account: str) -> dict[str, Dynamic]:
    """The organisation that an account manages: its policies, and what they hang on."""
    backend = moto_policies.organisation_backend(account)
    if backend is None or backend.org.master_account_id != account:
        return {}
    places: list[Dynamic] = [*backend.ou, *backend.accounts]
    return plain(
        {
            "kinds": sorted(one["Type"] for one in backend.ou[0].policy_types),
            "policies": {
                p.id: {"name": p.name, "type": p.type, "content": document(p.content)}
                for p in backend.policies
            },
            "attached": {
                place.id: sorted(p.id for p in place.attached_policies) for place in places
            },
            "parents": {place.id: place.parent_id for place in places},
            "accounts": {str(one.id): one.status for one in backend.accounts},
        }
    )
