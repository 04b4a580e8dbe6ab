"""Faults that tests play on calls: throttles, failures before and after, lost and slow answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from trailtui.sim.dynamic import Dynamic, Parameters
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
    EXPIRED = "expired"
    """The session is refused as one whose time is up."""
    LATENCY = "latency"
    """The call is carried out, and its answer comes late; other calls do not wait."""
    TRUNCATE = "truncate"
    """The call is carried out, and the connection is lost in the middle of its answer's body."""

    @property
    def before(self) -> bool:
        """Whether the call goes wrong before anyone looks at it."""
        return self in (Fault.THROTTLE, Fault.ERROR500_BEFORE, Fault.DROP_BEFORE)


Where = Mapping[str, Dynamic] | Callable[[Parameters], bool]
"""Which calls: parameters and their values (text may hold * and ?), or a question about them."""


@dataclass(frozen=True)
class Played:
    """A fault that is played on one call."""

    kind: Fault
    seconds: float = 0
    """How late the answer is, for LATENCY."""


@dataclass
class _Planned:
    service: str
    operation: str
    played: Played
    times: int | None
    region: str | None
    every: int
    after: int
    where: Where | None
    met: int = 0
    """How many calls fitted so far."""

    def fits(self, call: ApiCall) -> bool:
        """Whether it is planned for calls like this one."""
        return (
            self.service in ("*", call.service)
            and self.operation in ("*", call.operation)
            and self.region in (None, call.region)
            and (self.where is None or _holds(self.where, call.params))
        )

    def is_due(self) -> bool:
        """Count one call that fits; whether it is played on this one, used up by one."""
        self.met += 1
        beyond = self.met - self.after
        if self.times == 0 or beyond <= 0 or beyond % self.every:
            return False
        if self.times is not None:
            self.times -= 1
        return True


def _holds(where: Where, params: Parameters) -> bool:
    if callable(where):
        return where(params)
    return all(_is(params.get(name), wanted) for name, wanted in where.items())


def _is(value: Dynamic, wanted: Dynamic) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return fnmatchcase(value, wanted)
    return bool(value == wanted)


class Faults:
    """The faults that are still to be played."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def add(
        self,
        service: str,
        operation: str,
        kind: Fault | str,
        times: int | None = 1,
        *,
        region: str | None = None,
        seconds: float = 0,
        every: int = 1,
        after: int = 0,
        where: Where | None = None,
    ) -> None:
        """Let the next calls of an operation go wrong.

        Args:
            service: botocore's name, or "*".
            operation: such as "UpdateAccessKey", or "*".
            kind: a Fault, or its word.
            times: how many calls; None: without end.
            region: only calls to this Region.
            seconds: how late the answer comes; for LATENCY, and only for it.
            every: of the calls that fit, only each n-th.
            after: so many of the calls that fit are left alone first.
            where: only calls with such parameters.
        Raises:
            ValueError: the numbers make no sense.
        """
        kind = Fault(kind)
        if every < 1 or after < 0 or (times is not None and times < 0):
            raise ValueError("every counts from 1, after and times from 0")
        if (seconds > 0) is not (kind is Fault.LATENCY):
            raise ValueError("seconds belong to the fault latency, and it needs them")
        played = Played(kind, seconds)
        self._planned.append(
            _Planned(service, operation, played, times, region, every, after, where)
        )

    def clear(self) -> None:
        """Play no more faults."""
        self._planned.clear()

    def take(self, call: ApiCall) -> Played | None:
        """The fault to play on this call, used up by one; of several, the one planned first."""
        for planned in self._planned:
            if planned.fits(call) and planned.is_due():
                return planned.played
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
