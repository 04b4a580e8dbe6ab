"""Fetches of which something came that could not be read: its time was not seen whole."""

from trailtui.case.file import Case

OVERWRITTEN = "the object was overwritten"
"""How the remark begins that an object was met with two contents; both of them were read."""

_UNREADABLE = """
WITH broken AS (
    SELECT DISTINCT e.id, e.fetch FROM problems p JOIN evidence e ON e.id = p.evidence
    WHERE e.fetch IS NOT NULL AND (e.kind = 'none' OR p.offset IS NULL AND p.reason NOT LIKE ?)
)
SELECT fetch, count(*) FROM broken b
WHERE NOT EXISTS (
    SELECT 1 FROM evidence_origins o JOIN evidence_origins later
    ON later.origin = o.origin AND later.evidence > b.id
    WHERE o.evidence = b.id AND later.evidence NOT IN (SELECT id FROM broken)
)
GROUP BY fetch
"""
"""What came again under the same address, and could be read then, is not counted."""


_SAME_QUERY = """
SELECT other.id FROM fetches one JOIN fetches other
ON other.source = one.source AND other.since_ms = one.since_ms AND other.until_ms = one.until_ms
    AND other.question = one.question
WHERE one.id = ? AND one.source IN ('athena', 'insights', 'lake')
"""
"""An engine's answer is of all places that one query was for; see collect/together.py."""


def unreadable_in(case: Case) -> dict[int, str]:
    """By the number of a fetch: how many files or answers of it could not be read, in words."""
    rows = case.connection.execute(_UNREADABLE, [f"{OVERWRITTEN}%"])
    found: dict[int, str] = {}
    for fetch, count in rows.fetchall():
        says = f"{count:,} file{'s' * (count > 1)} of it could not be read: see the problems"
        others = case.connection.execute(_SAME_QUERY, [fetch]).fetchall()
        found |= {fetch: says, **{other: says for (other,) in others}}
    return found
