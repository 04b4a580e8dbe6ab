"""The action log: what was done, by whom, when; each entry bound to the one before by its hash.

The hash is SHA-256 over the canonical JSON (sorted keys, no blanks) of
[seq, at_ms, kind, who, what, previous]. Changing, removing or inserting an entry breaks the
chain; cutting off the newest ones is noticed against a head that was noted elsewhere, which is
what a bundle's manifest does.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from trailtui.case.file import Case
from trailtui.model.times import now_ms

FIRST_PREVIOUS = "0" * 64


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of the action log."""

    seq: int
    at_ms: int
    kind: str
    who: Mapping[str, object]
    what: Mapping[str, object]
    previous: str
    hash: str

    def as_json(self) -> dict[str, object]:
        """All of it, for export."""
        return {
            "seq": self.seq,
            "at_ms": self.at_ms,
            "kind": self.kind,
            "who": dict(self.who),
            "what": dict(self.what),
            "previous": self.previous,
            "hash": self.hash,
        }


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What verifying the log found."""

    ok: bool
    entries: int
    head: str
    """The hash of the last entry that is sound."""
    broken_at: int | None = None
    """The first entry that does not fit."""
    reason: str = ""


def entry_hash(
    seq: int,
    at_ms: int,
    kind: str,
    who: Mapping[str, object],
    what: Mapping[str, object],
    previous: str,
) -> str:
    """The hash that an entry with these values must have."""
    text = json.dumps(
        [seq, at_ms, kind, who, what, previous], sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def append(case: Case, kind: str, what: Mapping[str, object], *, durable: bool = False) -> LogEntry:
    """Add an entry; it is committed when this returns, or with the transaction it stands in.

    `what` must be JSON and free of secrets. `durable` waits for the disk (see Case.writing).
    """
    who: dict[str, object] = dict(case.responder.as_json())
    # through JSON and back, so that what is hashed now is what is read later
    content = cast("dict[str, object]", json.loads(json.dumps(what)))
    with case.writing(durable=durable) as connection:
        last = connection.execute(
            "SELECT seq, hash, at_ms FROM action_log ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        seq, previous = (last[0] + 1, last[1]) if last else (1, FIRST_PREVIOUS)
        at_ms = max(now_ms(), last[2] if last else 0)  # a clock set back must not reorder
        digest = entry_hash(seq, at_ms, kind, who, content, previous)
        connection.execute(
            "INSERT INTO action_log (seq, at_ms, kind, who, what, previous, hash) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [seq, at_ms, kind, json.dumps(who), json.dumps(content), previous, digest],
        )
    return LogEntry(seq, at_ms, kind, who, content, previous, digest)


def entries(
    case: Case, *, after: int = 0, limit: int | None = None, kinds: Sequence[str] = ()
) -> list[LogEntry]:
    """Entries in order, from after `after`; of the given kinds where any are named."""
    sql = "SELECT seq, at_ms, kind, who, what, previous, hash FROM action_log WHERE seq > ?"
    parameters: list[object] = [after]
    if kinds:
        sql += f" AND kind IN ({', '.join('?' * len(kinds))})"
        parameters += kinds
    sql += " ORDER BY seq LIMIT ?"
    parameters.append(-1 if limit is None else limit)
    return [
        LogEntry(row[0], row[1], row[2], json.loads(row[3]), json.loads(row[4]), row[5], row[6])
        for row in case.connection.execute(sql, parameters)
    ]


def verify(case: Case) -> ChainCheck:
    """Check every entry's hash, its link to the one before, and that none is missing."""
    return verify_chain(entries(case))


def verify_chain(chain: Sequence[LogEntry]) -> ChainCheck:
    """Check entries that were read from anywhere, a bundle for one."""
    previous = FIRST_PREVIOUS
    for position, entry in enumerate(chain, start=1):
        reason = ""
        if entry.seq != position:
            reason = f"entry {position} is missing; {entry.seq} stands in its place"
        elif entry.previous != previous:
            reason = f"entry {entry.seq} does not follow from the one before it"
        elif entry.hash != entry_hash(
            entry.seq, entry.at_ms, entry.kind, entry.who, entry.what, entry.previous
        ):
            reason = f"entry {entry.seq} was altered"
        if reason:
            return ChainCheck(False, len(chain), previous, position, reason)
        previous = entry.hash
    return ChainCheck(True, len(chain), previous)
