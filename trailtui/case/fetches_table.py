"""What was asked of which source: so that a case can say what it looked at and what not, and a
collect that was interrupted goes on where it stood."""

FETCHES_TABLE = """
DROP TABLE coverage;

CREATE TABLE fetches (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,          -- lookup | s3 | athena | insights | lake | findings
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    since_ms INTEGER NOT NULL,     -- from here
    until_ms INTEGER NOT NULL,     -- up to before this
    question TEXT NOT NULL,        -- canonical JSON of what else was asked; see case.fetches
    state TEXT NOT NULL,           -- planned | running | fetched | empty | partial | throttled
                                   -- | denied | failed
    cursor TEXT NOT NULL,          -- JSON: where to go on; the source knows what it means
    reached_ms INTEGER,            -- how far it came, from until_ms back; NULL: nowhere yet
    records INTEGER NOT NULL,      -- records that it brought, known ones included
    requests INTEGER NOT NULL,     -- calls that brought an answer
    detail TEXT NOT NULL,          -- why it is not whole
    asked_ms INTEGER,              -- when its first answer came: what happened later is not in it
    changed_ms INTEGER NOT NULL,
    UNIQUE (source, account, region, since_ms, until_ms, question)
);

ALTER TABLE evidence ADD COLUMN fetch INTEGER REFERENCES fetches(id);  -- NULL: from files
ALTER TABLE evidence_origins ADD COLUMN told TEXT;  -- JSON: what the source said of the object
                                                    -- (ETag, metadata); NULL: nothing
CREATE INDEX evidence_origin ON evidence_origins(origin);
"""
