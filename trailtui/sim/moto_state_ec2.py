"""What moto holds of EC2, Auto Scaling and load balancers in one Region, to compare two moments.

Ids that AWS makes anew when something is put back (of rules and of profile associations) are left
out, and so is what every Region has from the beginning: default groups as they were made.
"""

from __future__ import annotations

from trailtui.sim.canonical import plain, same_order
from trailtui.sim.dynamic import Dynamic, fields, listed
from trailtui.sim.moto_policies import existing

_GONE = 48
"""EC2's code of an instance that is terminated."""


def _rule(rule: Dynamic) -> dict[str, Dynamic]:
    return {
        "protocol": str(rule.ip_protocol),
        "from": None if rule.from_port is None else str(rule.from_port),
        "to": None if rule.to_port is None else str(rule.to_port),
        "range": rule.ip_range,
        "group": rule.source_group.get("GroupId"),
        "prefixes": rule.prefix_list_id,
    }


def _group(group: Dynamic) -> dict[str, Dynamic]:
    return {
        "name": group.name,
        "vpc": group.vpc_id,
        "ingress": same_order(_rule(one) for one in group.ingress_rules),
        "egress": same_order(_rule(one) for one in group.egress_rules),
    }


def _untouched_default(group: Dynamic) -> bool:
    """moto's default groups have one rule outwards, and inwards none or that from themselves."""
    if not group.is_default or len(group.egress_rules) > 2 or len(group.ingress_rules) > 1:
        return False
    inwards = any(rule.ip_range or rule.prefix_list_id for rule in group.ingress_rules)
    return not inwards and all(rule.ip_protocol == "-1" for rule in group.egress_rules)


def _tags(one: Dynamic) -> dict[str, str]:
    given: list[Dynamic] = one.get_tags()
    return {tag["key"]: tag["value"] for tag in sorted(given, key=lambda tag: str(tag["key"]))}


def _instance(machine: Dynamic) -> dict[str, Dynamic]:
    return {
        "state": machine.state,
        "interfaces": sorted(nic.id for nic in machine.nics.values()),
        "profile": fields(machine.iam_instance_profile).get("Arn"),
        "termination_protection": _truth(machine.disable_api_termination),
        "stop_protection": _truth(machine.disable_api_stop),
        "tags": _tags(machine),
    }


def _truth(value: Dynamic) -> bool:
    return str(value).lower() == "true"


def _snapshots(backend: Dynamic) -> dict[str, Dynamic]:
    return {
        one.id: {
            "volume": getattr(one.volume, "id", None),
            "users": sorted(one.create_volume_permission_userids),
            "groups": sorted(one.create_volume_permission_groups),
            "tags": _tags(one),
        }
        for one in backend.snapshots.values()
    }


def ec2(account: str, region: str) -> dict[str, Dynamic]:
    """Instances, interfaces, groups, snapshots, images and flow logs."""
    backend = existing("ec2", account, region)
    if backend is None:
        return {}
    machines: list[Dynamic] = backend.all_instances()
    groups = [one for by_vpc in backend.groups.values() for one in by_vpc.values()]
    return plain(
        {
            "instances": {m.id: _instance(m) for m in machines if m.state_code != _GONE},
            "interfaces": {
                nic.id: sorted(g.id for g in nic.group_set) for nic in backend.enis.values()
            },
            "groups": {g.id: _group(g) for g in groups if not _untouched_default(g)},
            "snapshots": _snapshots(backend),
            "images": {
                image.id: same_order(image.launch_permissions) for image in backend.amis.values()
            },
            "flow_logs": {
                f.id: [f.resource_id, f.traffic_type, f.log_destination, f.log_group_name]
                for f in backend.flow_logs.values()
            },
        }
    )


def balanced(account: str, region: str) -> dict[str, Dynamic]:
    """Who stands in auto-scaling groups and behind load balancers."""
    scaling = existing("autoscaling", account, region)
    second, classic = existing("elbv2", account, region), existing("elb", account, region)
    groups: list[Dynamic] = listed(scaling.autoscaling_groups) if scaling else []
    targets: list[Dynamic] = listed(second.target_groups) if second else []
    balancers: list[Dynamic] = listed(classic.load_balancers) if classic else []
    return plain(
        {
            "scaling": {
                g.name: {
                    "members": {i.instance.id: i.lifecycle_state for i in g.instance_states},
                    "sizes": [g.min_size, g.desired_capacity, g.max_size],
                    "suspended": sorted(g.suspended_processes),
                }
                for g in groups
            },
            "targets": {g.arn: sorted(map(str, g.targets)) for g in targets},
            "classic": {b.name: sorted(b.instance_ids) for b in balancers},
        }
    )
