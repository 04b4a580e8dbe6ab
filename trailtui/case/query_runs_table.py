"""The table of answers from query engines at AWS, for the migrations in trailtui.case.schema."""

QUERY_RUNS_TABLE = """
CREATE TABLE query_runs (
    id INTEGER PRIMARY KEY,
    question TEXT NOT NULL,        -- SHA-256 of engine, place and the query as it was sent
    engine TEXT NOT NULL,          -- athena | lake | insights
    account TEXT NOT NULL,         -- where the engine was asked
    region TEXT NOT NULL,
    place TEXT NOT NULL,           -- the table, event data store or log group
    name TEXT NOT NULL,            -- of the library's query; '' for SQL of one's own
    sha256 TEXT NOT NULL,          -- of the library's file; ''
    sql TEXT NOT NULL,             -- as it was asked
    parameters TEXT NOT NULL,      -- JSON
    sent TEXT NOT NULL,            -- the query in the engine's words, all of it
    query TEXT NOT NULL,           -- the id by which AWS knows it
    identity TEXT NOT NULL,        -- ARN of who asked AWS
    who TEXT NOT NULL,             -- JSON: operating system user, host, SSH origin
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL,
    scanned_bytes INTEGER NOT NULL,
    dollars REAL NOT NULL,         -- by the price list, at that time
    columns TEXT NOT NULL,         -- JSON: [[name, type], ...]
    rows INTEGER NOT NULL,
    more INTEGER NOT NULL,         -- whether there were more rows than were taken
    notes TEXT NOT NULL,           -- JSON: sentences that belong to the answer
    answer BLOB NOT NULL,          -- the rows as lines of JSON, in zstd
    answer_sha256 TEXT NOT NULL    -- of these lines
);
CREATE INDEX query_run_by_question ON query_runs(question);
"""
