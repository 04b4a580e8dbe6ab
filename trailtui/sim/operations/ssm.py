"""Systems Manager: sessions on machines, which moto lacks. Nothing runs anywhere.

Source: Systems Manager API Reference, StartSession; real records hide the token.
"""

from __future__ import annotations

from trailtui.sim import moto_compute
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

_KIND = "ssm/sessions"


def start_session(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """A session on a running instance."""
    target = str(call.params["Target"])
    try:
        moto_compute.instance(caller.account, call.region, target)
    except KeyError:
        raise ServiceError("TargetNotConnected", f"{target} is not connected.") from None
    name = caller.arn.rpartition("/")[2]
    number = f"{name}-{world.random.getrandbits(68):017x}"
    world.kept.setdefault(_KIND, {})[number] = {"Target": target}
    stream = f"wss://ssmmessages.{call.region}.amazonaws.com/v1/data-channel/{number}"
    return {"SessionId": number, "TokenValue": world.new_uuid(), "StreamUrl": stream}


def terminate_session(world: World, call: ApiCall, _: Credential) -> Dynamic:
    """End a session."""
    number = str(call.params["SessionId"])
    if world.kept.get(_KIND, {}).pop(number, None) is None:
        raise ServiceError("DoesNotExistException", f"Session {number} does not exist.")
    return {"SessionId": number}


OPERATIONS = {"StartSession": start_session, "TerminateSession": terminate_session}
