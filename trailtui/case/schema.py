"""The tables of a case file, as migrations, so that an old case stays readable.

An event row holds integers only: ids into `strings`, the time as the upper bits of its own id,
flags, and the place of its record (evidence, offset, length). The view `events` shows the rows
in CloudTrail's own words to any SQLite program.
"""

import sqlite3

from trailtui.case.containments_table import CONTAINMENTS_TABLE
from trailtui.case.detections_table import DETECTIONS_TABLE
from trailtui.case.fetches_table import FETCHES_TABLE
from trailtui.case.findings_table import FINDINGS_TABLE
from trailtui.case.indices import build_event_indices
from trailtui.case.query_runs_table import QUERY_RUNS_TABLE
from trailtui.model.errors import CaseError

APPLICATION_ID = 0x7472_6C31
"""`PRAGMA application_id`: tells `file(1)` and us that a SQLite file is a case."""

FIRST_VERSION = """
CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL            -- JSON
) WITHOUT ROWID;

CREATE TABLE strings (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
);

-- What was acquired. `content` is what offsets count in: the bytes themselves, or for gzip what
-- comes out of them, or for UTF-16 the same text in UTF-8.
CREATE TABLE evidence (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,   -- of the acquired bytes
    origin TEXT NOT NULL,          -- path, s3 URI, API call
    kind TEXT NOT NULL,            -- records | digest | insight | lookup | none
    packing TEXT NOT NULL,         -- gzip | plain | utf-16
    size INTEGER NOT NULL,         -- of the acquired bytes
    content_size INTEGER NOT NULL,
    records INTEGER NOT NULL,      -- records read from it, sightings and conflicts included
    problems INTEGER NOT NULL,
    acquired_ms INTEGER NOT NULL,
    acquired_by TEXT NOT NULL
);

-- The acquired bytes: one chunk as it came when it was gzip, else zstd frames.
CREATE TABLE evidence_chunks (
    evidence INTEGER NOT NULL REFERENCES evidence(id),
    start INTEGER NOT NULL,        -- offset in the acquired bytes
    size INTEGER NOT NULL,         -- acquired bytes in this chunk
    bytes BLOB NOT NULL,
    PRIMARY KEY (evidence, start)
);

-- Every path or URI that a piece of evidence was seen at, first one included.
CREATE TABLE evidence_origins (
    evidence INTEGER NOT NULL REFERENCES evidence(id),
    origin TEXT NOT NULL,
    seen_ms INTEGER NOT NULL,
    PRIMARY KEY (evidence, origin)
) WITHOUT ROWID;

-- One distinct userIdentity (with what else says who acted), resolved once.
CREATE TABLE actors (
    id INTEGER PRIMARY KEY,
    identity BLOB NOT NULL UNIQUE, -- first 16 bytes of SHA-256 of the userIdentity as it stands
    type TEXT,
    arn TEXT,
    principal TEXT,                -- stable name of who acted, see model.identity
    principal_id TEXT,
    account TEXT,
    user_name TEXT,
    credential TEXT,               -- access key id
    session_name TEXT,
    issuer_type TEXT,
    issuer_arn TEXT,
    issuer_account TEXT,
    session_created_ms INTEGER,
    mfa INTEGER,                   -- 1, 0 or NULL
    invoked_by TEXT,
    source_identity TEXT,
    on_behalf_of TEXT
);
CREATE INDEX actor_by_principal ON actors(principal);
CREATE INDEX actor_by_credential ON actors(credential);

CREATE TABLE event_rows (
    -- seconds since 1970 << 31 | 31 bits of the event id; the next free number where that is
    -- taken by another event (then flags say so). Time order, page cursor, and the key by which
    -- an event is recognised: an index over whole event ids would cost 37 bytes an event.
    id INTEGER PRIMARY KEY,
    millis INTEGER NOT NULL,       -- within that second
    event_id BLOB NOT NULL,        -- 16 bytes of a UUID | other text | SHA-256 where none
    account INTEGER NOT NULL,      -- recipient account
    variant INTEGER NOT NULL,      -- 0; 1.. for other content under the same id and account
    name INTEGER,
    source INTEGER,
    region INTEGER,
    ip INTEGER,
    agent INTEGER,
    error INTEGER,
    type INTEGER,
    category INTEGER,
    principal INTEGER,
    credential INTEGER,
    actor INTEGER REFERENCES actors(id),
    flags INTEGER NOT NULL,
    evidence INTEGER NOT NULL REFERENCES evidence(id),
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL
);  -- its indices: case.indices

-- Further places the same event was seen at.
CREATE TABLE sightings (
    event INTEGER NOT NULL REFERENCES event_rows(id),
    evidence INTEGER NOT NULL REFERENCES evidence(id),
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    PRIMARY KEY (event, evidence, offset)
) WITHOUT ROWID;

-- ARNs of records' resources: many, long, most of them met once, so kept apart from `strings` and
-- found by a hash that costs a quarter of an index over the text.
CREATE TABLE resources (
    id INTEGER PRIMARY KEY,
    arn TEXT NOT NULL,
    hash INTEGER NOT NULL          -- CRC-32 of the ARN in UTF-8
);
CREATE INDEX resource_by_hash ON resources(hash);

CREATE TABLE event_resources (
    resource INTEGER NOT NULL REFERENCES resources(id),
    event INTEGER NOT NULL REFERENCES event_rows(id),
    PRIMARY KEY (resource, event)
) WITHOUT ROWID;

-- What could not be read. The bytes lie in the evidence, or beside it where none could be kept.
CREATE TABLE problems (
    id INTEGER PRIMARY KEY,
    origin TEXT NOT NULL,
    evidence INTEGER REFERENCES evidence(id),
    offset INTEGER,                -- in the content; NULL: the file as a whole
    length INTEGER,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    UNIQUE (origin, offset, reason)
);

-- Never used; replaced by `fetches`.
CREATE TABLE coverage (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    source TEXT NOT NULL,
    hour_ms INTEGER NOT NULL,
    state TEXT NOT NULL,           -- fetched | empty | throttled | denied | not-logged | partial
    events INTEGER NOT NULL,
    detail TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (account, region, source, hour_ms)
) WITHOUT ROWID;

CREATE TABLE action_log (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    who TEXT NOT NULL,             -- JSON
    what TEXT NOT NULL,            -- JSON
    previous TEXT NOT NULL,        -- hash of the entry before
    hash TEXT NOT NULL
);

CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    author TEXT NOT NULL,
    step TEXT,
    event INTEGER REFERENCES event_rows(id),
    text TEXT NOT NULL
);

CREATE TABLE tags (
    event INTEGER NOT NULL REFERENCES event_rows(id),
    tag TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (event, tag)
) WITHOUT ROWID;

CREATE TABLE pins (
    event INTEGER PRIMARY KEY REFERENCES event_rows(id),
    step TEXT,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL
);

CREATE TABLE entities (            -- what the alert named, and what was judged since
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    verdict TEXT NOT NULL,         -- given | indicator | cleared
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, value)
) WITHOUT ROWID;

CREATE TABLE playbook_runs (
    id INTEGER PRIMARY KEY,
    playbook TEXT NOT NULL,        -- id
    version INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    text TEXT NOT NULL,            -- the playbook as it is run
    inputs TEXT NOT NULL,          -- JSON
    started_ms INTEGER NOT NULL
);

CREATE TABLE step_states (
    run INTEGER NOT NULL REFERENCES playbook_runs(id),
    step TEXT NOT NULL,
    state TEXT NOT NULL,           -- open | ran | done | skipped
    decision TEXT,
    reason TEXT,
    result TEXT,                   -- JSON: columns and rows, or what the step made
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (run, step)
) WITHOUT ROWID;

CREATE TABLE actions (
    id INTEGER PRIMARY KEY,
    plan_hash TEXT NOT NULL UNIQUE,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    account TEXT NOT NULL,
    plan TEXT NOT NULL,            -- JSON: calls, prior state, permissions, blast radius, undo
    state TEXT NOT NULL,           -- planned | executing | executed | failed | unknown
                                   -- | verified | not-holding | undone
    undo_of INTEGER REFERENCES actions(id),
    planned_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL          -- JSON: request ids, errors, read-back
);

CREATE TABLE view_states (         -- where the console stood: screen, filter, row
    view TEXT PRIMARY KEY,
    state TEXT NOT NULL,           -- JSON
    at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE VIEW events AS
SELECT
    e.id AS id,
    CASE WHEN e.flags & 64 = 0
         THEN strftime('%Y-%m-%dT%H:%M:%SZ', e.id >> 31, 'unixepoch') END AS eventTime,
    CASE WHEN typeof(e.event_id) = 'text' THEN e.event_id
         WHEN length(e.event_id) = 16 THEN lower(
            substr(hex(e.event_id), 1, 8) || '-' || substr(hex(e.event_id), 9, 4) || '-' ||
            substr(hex(e.event_id), 13, 4) || '-' || substr(hex(e.event_id), 17, 4) || '-' ||
            substr(hex(e.event_id), 21, 12))
    END AS eventID,
    name.text AS eventName,
    source.text AS eventSource,
    region.text AS awsRegion,
    ip.text AS sourceIPAddress,
    agent.text AS userAgent,
    error.text AS errorCode,
    kind.text AS eventType,
    category.text AS eventCategory,
    nullif(account.text, '') AS recipientAccountId,
    CASE e.flags & 3 WHEN 1 THEN 0 WHEN 3 THEN 1 END AS readOnly,
    principal.text AS principal,
    a.type AS userIdentity_type,
    a.arn AS userIdentity_arn,
    a.principal_id AS userIdentity_principalId,
    a.account AS userIdentity_accountId,
    a.user_name AS userIdentity_userName,
    credential.text AS userIdentity_accessKeyId,
    a.issuer_arn AS userIdentity_sessionContext_sessionIssuer_arn,
    a.source_identity AS userIdentity_sessionContext_sourceIdentity,
    a.invoked_by AS userIdentity_invokedBy,
    e.flags AS flags,
    e.evidence AS evidence,
    e.offset AS offset,
    e.length AS length
FROM event_rows e
LEFT JOIN strings name ON name.id = e.name
LEFT JOIN strings source ON source.id = e.source
LEFT JOIN strings region ON region.id = e.region
LEFT JOIN strings ip ON ip.id = e.ip
LEFT JOIN strings agent ON agent.id = e.agent
LEFT JOIN strings error ON error.id = e.error
LEFT JOIN strings kind ON kind.id = e.type
LEFT JOIN strings category ON category.id = e.category
LEFT JOIN strings account ON account.id = e.account
LEFT JOIN strings principal ON principal.id = e.principal
LEFT JOIN strings credential ON credential.id = e.credential
LEFT JOIN actors a ON a.id = e.actor;
"""


# Which accounts and Regions have events: asked with every answer, and there is no index to tell.
# Written with each document's rows.
PLACES = """
CREATE TABLE places (
    account INTEGER NOT NULL,      -- as in event_rows
    region INTEGER NOT NULL,       -- 0: a record without one
    PRIMARY KEY (account, region)
) WITHOUT ROWID;
INSERT INTO places SELECT DISTINCT account, coalesce(region, 0) FROM event_rows;
"""

# Bucket and bytes of calls to S3, by document: case.object_calls. Events whose flags do not say
# that theirs are told, those from before this too, have to be asked for their record.
OBJECT_CALLS = """
CREATE TABLE object_calls (
    evidence INTEGER PRIMARY KEY REFERENCES evidence(id),
    calls BLOB NOT NULL            -- MessagePack
);
"""

MIGRATIONS = (
    ("0001_first", FIRST_VERSION),
    ("0002_fetches", FETCHES_TABLE),
    ("0003_findings", FINDINGS_TABLE),
    ("0004_detections", DETECTIONS_TABLE),
    ("0005_places", PLACES),
    ("0005_query_runs", QUERY_RUNS_TABLE),
    ("0006_containments", CONTAINMENTS_TABLE),
    ("0007_object_calls", OBJECT_CALLS),
)
"""Name and script, in order; a new one goes to the end, an old one never changes."""

SCHEMA_VERSION = len(MIGRATIONS)
"""What `PRAGMA user_version` says of a case that this program wrote."""


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring a new or older case up to this program's tables; raise CaseError for a newer one."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        raise CaseError(
            f"this case was written by a newer trailtui (format {version}, this one knows up to "
            f"{SCHEMA_VERSION})",
            cure="Install the newer version, or export the case there.",
        )
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("trailtui")

    for name, script in MIGRATIONS:

        @migrations(name=name)
        def _(db: Database, script: str = script) -> None:  # pyright: ignore[reportUnusedFunction]
            for statement in split_statements(script):
                db.conn.execute(statement)

    migrations.apply(Database(connection))
    build_event_indices(connection)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def split_statements(script: str) -> list[str]:
    """The single statements of an SQL script (executescript would end the transaction)."""
    statements: list[str] = []
    current = ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current.strip())
            current = ""
    return statements
