"""The tables of containment plans, for the migrations in trailtui.case.schema."""

CONTAINMENTS_TABLE = """
CREATE TABLE containments (
    id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    content TEXT NOT NULL,         -- JSON of respond.containment.Containment, as it is hashed
    made_ms INTEGER NOT NULL
);

CREATE TABLE containment_actions (
    containment INTEGER NOT NULL REFERENCES containments(id),
    position INTEGER NOT NULL,     -- the entry's place in the plan, from 1
    attempt INTEGER NOT NULL,      -- 1: as planned; 2...: planned again, the last one counts
    repeats INTEGER NOT NULL,      -- 1: the same once more, when the margin is over
    action INTEGER NOT NULL UNIQUE REFERENCES actions(id),
    PRIMARY KEY (containment, position, repeats, attempt)
) WITHOUT ROWID;
"""
