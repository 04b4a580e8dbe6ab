"""What AWS was asked, in short, as it goes with every answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from trailtui.case.covering import filter_of
from trailtui.case.file import Case
from trailtui.model.times import HOUR_MS, format_utc
from trailtui.model.wording import numbered

_MOST = 5
"""So many sources and questions are named, the rest counted."""


@dataclass(frozen=True, slots=True)
class AskedInShort:
    """What was asked, in words; empty where nothing was."""

    asked: str
    lacking: str
    """What was not answered whole."""


_ASKED = """
SELECT source, question, count(DISTINCT account || ' ' || region), min(since_ms), max(until_ms)
FROM fetches WHERE source <> 'findings' GROUP BY source, question
"""
_LACKING = """
SELECT source, state, count(DISTINCT account || ' ' || region),
       sum(coalesce(min(max(reached_ms, since_ms), until_ms), until_ms) - since_ms)
FROM fetches WHERE source <> 'findings' AND state NOT IN ('fetched', 'empty')
GROUP BY source, state
"""


def asked_in_short(case: Case) -> AskedInShort:
    """What AWS was asked and what it did not answer whole, from the fetches alone."""
    asked: dict[tuple[str, str], tuple[int, int, int]] = {}
    for source, question, places, since, until in case.connection.execute(_ASKED):
        key = source, filter_of(json.loads(question))
        most, first, last = asked.get(key, (0, since, until))
        asked[key] = max(most, places), min(first, since), max(last, until)
    lacking = case.connection.execute(_LACKING)
    return AskedInShort(
        _listed([_asked_words(*key, *told) for key, told in asked.items()]),
        _listed([_lacking_words(*row) for row in lacking]),
    )


def _asked_words(source: str, told: str, places: int, since_ms: int, until_ms: int) -> str:
    only = f" ({told} only)" if told else ""
    when = f" from {format_utc(since_ms)} to {format_utc(until_ms)}" if since_ms < until_ms else ""
    return f"{source}{only} in {numbered(places, 'pair')}{when}"


def _lacking_words(source: str, state: str, places: int, missing_ms: int) -> str:
    hours = f" ({numbered(missing_ms // HOUR_MS, 'hour')})" if missing_ms >= HOUR_MS else ""
    return f"{source} {state} in {numbered(places, 'pair')}{hours}"


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _MOST} more" if len(words) > _MOST else ""
    return ", ".join(words[:_MOST]) + more
