"""Conditions over records, and the one pass over a case that finds where they hold."""
