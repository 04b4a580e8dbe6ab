"""CloudWatch Logs filter patterns: the language, and what an alarm makes of its matches."""
