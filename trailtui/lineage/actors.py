"""Who acted in the case: the distinct identities that lineage looks up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from trailtui.case.file import Case
from trailtui.lineage.calls import chunks, marks
from trailtui.lineage.drafts import last_name

_COLUMNS = (
    "id, type, arn, principal, principal_id, account, user_name, credential, session_name, "
    "issuer_arn, session_created_ms, source_identity, on_behalf_of, invoked_by"
)


@dataclass(frozen=True, slots=True)
class Actor:
    """One identity of the case."""

    id: int
    type: str | None
    arn: str | None
    principal: str | None
    principal_id: str | None
    account: str | None
    user_name: str | None
    credential: str | None
    session_name: str | None
    issuer: str | None
    created_ms: int | None
    source_identity: str | None
    on_behalf_of: str | None
    invoked_by: str | None


@dataclass(slots=True)
class Actors:
    """The identities of a case, asked for as they are needed."""

    case: Case
    _outside: dict[str, list[int]] | None = None
    _console: dict[int, bool] = field(default_factory=dict[int, bool])

    def by(self, column: str, values: Iterable[str]) -> list[Actor]:
        """The identities whose column has one of the values; ours are the names of columns."""
        found: list[Actor] = []
        for chunk in chunks(list(dict.fromkeys(values))):
            found += self._where(f"{column} IN ({marks(chunk)})", chunk)
        return found

    def acting_as_user(self, arn: str) -> list[Actor]:
        """The identities of an IAM user, whether or not its ARN was given with its path."""
        account = arn.split(":")[4] if arn.count(":") >= 5 else ""
        return self._where(
            "type = 'IAMUser' AND user_name = ? AND account = ?", [last_name(arn), account]
        )

    def in_session(self, session: str) -> list[Actor]:
        """The identities with the ARN of a session."""
        return self._where("arn = ?", [session])

    def named(self, session_name: str) -> list[Actor]:
        """The identities whose session has a name."""
        return self._where("session_name = ?", [session_name])

    def keyless(self) -> list[int]:
        """Callers whose records have no access key id: services, other accounts, federation."""
        return [one.id for one in self._where("credential IS NULL", [])]

    def outside(self, principal_id: str) -> list[int]:
        """Identities of callers from other accounts, as the account that was entered records them.

        Source: CloudTrail user guide, sharedEventID: their records have type AWSAccount, account
        and principal id, and no access key id.
        """
        if self._outside is None:
            self._outside = {}
            for one in self._where("type = 'AWSAccount' AND principal_id IS NOT NULL", []):
                self._outside.setdefault(one.principal_id or "", []).append(one.id)
        return self._outside.get(principal_id, [])

    def from_console(self, actor: int) -> bool:
        """Whether one of its calls was made in the console."""
        known = self._console.get(actor)
        if known is None:
            row = self.case.connection.execute(
                "SELECT 1 FROM event_rows WHERE actor = ? AND flags & 16 LIMIT 1", [actor]
            ).fetchone()
            known = self._console[actor] = row is not None
        return known

    def first_use(self, actor: int) -> tuple[int, ...]:
        """The row of the first event of an identity; nothing where it has none."""
        row = self.case.connection.execute(
            "SELECT min(id) FROM event_rows WHERE actor = ?", [actor]
        ).fetchone()
        return () if row[0] is None else (int(row[0]),)

    def _where(self, condition: str, values: Sequence[object]) -> list[Actor]:
        sql = f"SELECT {_COLUMNS} FROM actors WHERE {condition}"  # noqa: S608 - our own words
        return [Actor(*row) for row in self.case.connection.execute(sql, values)]
