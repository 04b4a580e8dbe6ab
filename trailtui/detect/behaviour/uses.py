"""Who used which address from when until when: the rows of a case, grouped once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trailtui.case.file import Case


@dataclass(frozen=True, slots=True)
class Use:
    """One identity at one address."""

    actor: int
    ip: int
    address: str
    first: int
    last: int
    """Ids of the first and the last row."""
    events: int


Used = Callable[[], list[Use]]
"""What `uses` gives, reckoned when it is first asked for."""


@dataclass(frozen=True, slots=True)
class Actor:
    """What `actors` says of an identity, as far as it matters for where it acts from."""

    id: int
    kind: str
    principal: str
    session: str
    credential: str
    account: str


def actors(case: Case) -> Iterator[Actor]:
    """All identities that act themselves: no AWS service, and none on behalf of one."""
    rows = case.connection.execute(
        "SELECT id, coalesce(type, ''), principal, coalesce(session_name, ''), "
        "coalesce(credential, ''), coalesce(account, '') FROM actors "
        "WHERE principal IS NOT NULL AND invoked_by IS NULL AND type IS NOT 'AWSService'"
    )
    for row in rows:
        yield Actor(*row)


def uses(case: Case) -> list[Use]:
    """Each identity's addresses, in the order of their first use; events without a time left out.

    A million events take about a second.
    """
    rows = case.connection.execute(
        "SELECT v.actor, v.ip, s.text, v.first, v.last, v.events FROM (SELECT actor, ip, "
        "min(id) AS first, max(id) AS last, count(*) AS events FROM event_rows "
        "WHERE flags & 64 = 0 AND actor IS NOT NULL AND ip IS NOT NULL GROUP BY actor, ip) v "
        "JOIN strings s ON s.id = v.ip ORDER BY v.first"
    )
    return [Use(*row) for row in rows]
