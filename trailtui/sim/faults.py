"""Faults that tests play on calls: throttles, failures before and after, lost connections."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall


class Fault(StrEnum):
    """What goes wrong; "after" means that the call was carried out and its answer lost."""

    THROTTLE = "throttle"
    ERROR500_BEFORE = "error500_before"
    ERROR500_AFTER = "error500_after"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    ACCESS_DENIED = "access_denied"

    @property
    def before(self) -> bool:
        """Whether the call goes wrong before anyone looks at it."""
        return self in (Fault.THROTTLE, Fault.ERROR500_BEFORE, Fault.DROP_BEFORE)


@dataclass
class _Planned:
    service: str
    operation: str
    kind: Fault
    times: int


class Faults:
    """The faults that are still to be played."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def add(self, service: str, operation: str, kind: Fault | str, times: int = 1) -> None:
        """Let the next calls of an operation go wrong.

        Args:
            service: botocore's name, or "*".
            operation: such as "UpdateAccessKey", or "*".
            kind: a Fault, or its word.
            times: how many calls.
        """
        self._planned.append(_Planned(service, operation, Fault(kind), times))

    def clear(self) -> None:
        """Play no more faults."""
        self._planned.clear()

    def take(self, call: ApiCall) -> Fault | None:
        """The fault to play on this call, used up by one."""
        for planned in self._planned:
            fits = planned.service in ("*", call.service) and planned.operation in (
                "*",
                call.operation,
            )
            if fits and planned.times > 0:
                planned.times -= 1
                return planned.kind
        return None


_THROTTLES = {"s3": ("SlowDown", 503), "ec2": ("RequestLimitExceeded", 503)}


def throttled(call: ApiCall) -> ServiceError:
    """How a service says that it was asked too often."""
    json_protocol = call.protocol in ("json", "rest-json")
    default = ("ThrottlingException" if json_protocol else "Throttling", 400)
    code, status = _THROTTLES.get(call.service, default)
    return ServiceError(code, "Rate exceeded", status)


def internal_failure(call: ApiCall) -> ServiceError:
    """How a service says that it failed, without a word on whether it did what was asked."""
    code = "InternalError" if call.service in ("s3", "ec2") else "InternalFailure"
    return ServiceError(code, "An internal error occurred", 500)
