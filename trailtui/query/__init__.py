"""Asking a case: expressions, the query library, pages, summaries."""
