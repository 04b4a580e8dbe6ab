"""A stretch of time in which a trail did not log something, from what it follows, and how sure."""

from dataclasses import dataclass

from trailtui.model.times import format_utc

EVERYTHING = "everything"
MANAGEMENT = "management events"
READS = "read events"
WRITES = "write events"
DATA = "data events"
GLOBAL = "global service events"
DELIVERY = "delivery to the bucket"


@dataclass(frozen=True, slots=True)
class NotLogged:
    """What a trail did not log, where and when. Event history (LookupEvents) needs no trail."""

    account: str
    regions: tuple[str, ...]
    """Empty: every Region."""
    since_ms: int | None
    """None: it is not known since when."""
    until_ms: int | None
    """Exclusive; None: it is not known until when."""
    what: str
    """One of the words above, or `events of SOURCE`."""
    trail: str
    """Its name; empty: there is no trail."""
    because: str
    sure: str
    """How sure that is, and what it was worked out from."""
    events: tuple[str, ...] = ()
    """Ids of the events that it follows from."""
    others_log: bool = False
    """Whether another trail is known to log the same."""
    except_regions: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether no management event was logged at all, as far as is known."""
        return self.what in (EVERYTHING, MANAGEMENT) and not self.others_log

    def concerns(self, account: str, region: str) -> bool:
        """Whether it is about an account and Region."""
        if account != self.account or region in self.except_regions:
            return False
        return not self.regions or region in self.regions

    def within(self, since_ms: int, until_ms: int) -> tuple[int, int] | None:
        """The part of a window that it is about; None where it is about none of it."""
        since = since_ms if self.since_ms is None else max(since_ms, self.since_ms)
        until = until_ms if self.until_ms is None else min(until_ms, self.until_ms)
        return (since, until) if since < until else None

    @property
    def where(self) -> str:
        """The Regions in words."""
        if self.regions:
            return ", ".join(self.regions)
        return f"all Regions but {', '.join(self.except_regions)}" if self.except_regions else "all"

    @property
    def sentence(self) -> str:
        """What, since when and why, in one sentence."""
        since = "?" if self.since_ms is None else format_utc(self.since_ms)
        until = "?" if self.until_ms is None else format_utc(self.until_ms)
        trail = f" by trail {self.trail}" if self.trail else ""
        return f"{self.what} not logged{trail} {since} to {until}: {self.because} ({self.sure})"
