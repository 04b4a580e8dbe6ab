"""Whether a call is one that attackers make, by what is known of it (trailtui.detect.enrich)."""

from functools import lru_cache

from trailtui.detect.enrich.meanings import meaning


@lru_cache(maxsize=50_000)
def is_risky(event_source: str, event_name: str) -> bool:
    """Whether a call changes who may do what, takes data out, hides traces or costs money.

    Calls that are not in the table of meanings are none: a count of risky calls is a lead, never a
    verdict.
    """
    known = meaning(event_source, event_name)
    return known is not None and known.risky
