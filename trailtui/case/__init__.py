"""The case file: schema, evidence, events, action log, steps, notes, coverage."""
