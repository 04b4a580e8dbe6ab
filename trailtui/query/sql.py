"""The front door for SQL: `run_sql`, `explain_sql`."""

from trailtui.query.execute import DEFAULT_LIMIT, explain_sql, run_sql

__all__ = ["DEFAULT_LIMIT", "explain_sql", "run_sql"]
