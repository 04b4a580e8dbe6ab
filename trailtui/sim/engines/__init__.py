"""What executes queries inside the simulated account: SQL through DuckDB, and Logs Insights QL."""
