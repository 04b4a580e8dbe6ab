"""The tables of what rules found, for the migrations in trailtui.case.schema."""

DETECTIONS_TABLE = """
CREATE TABLE detections (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,            -- filter | sigma | behaviour
    rule TEXT NOT NULL,            -- the rule's id
    rule_sha256 TEXT NOT NULL,     -- of the rule as it was run: a changed rule is another one
    about TEXT NOT NULL,           -- whom or what it is about; '' where nobody is meant
    title TEXT NOT NULL,
    severity TEXT NOT NULL,        -- critical | high | medium | low | informational
    content TEXT NOT NULL,         -- JSON: description, ATT&CK ids, next step, origin, detail
    first_ms INTEGER,
    last_ms INTEGER,
    events INTEGER NOT NULL,       -- how many there are in detection_events
    found_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    UNIQUE (kind, rule, rule_sha256, about)
);

CREATE TABLE detection_events (
    detection INTEGER NOT NULL REFERENCES detections(id),
    event INTEGER NOT NULL REFERENCES event_rows(id),
    PRIMARY KEY (detection, event)
) WITHOUT ROWID;
CREATE INDEX detection_by_event ON detection_events(event);
"""
