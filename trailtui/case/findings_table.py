"""The table of findings, for the migrations in trailtui.case.schema."""

FINDINGS_TABLE = """
CREATE TABLE findings (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,            -- guardduty | securityhub | ocsf | alarm
    finding_id TEXT NOT NULL,      -- by which its source knows it
    version INTEGER NOT NULL,      -- 1, 2...: the same finding, updated
    updated_ms INTEGER,            -- what the source says of this version
    type TEXT NOT NULL,
    title TEXT NOT NULL,
    severity TEXT NOT NULL,        -- critical | high | medium | low | informational | ''
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    first_ms INTEGER,
    last_ms INTEGER,
    content TEXT NOT NULL,         -- JSON of model.finding.Finding
    evidence INTEGER NOT NULL REFERENCES evidence(id),
    added_ms INTEGER NOT NULL,
    UNIQUE (kind, finding_id, version)
);
"""
