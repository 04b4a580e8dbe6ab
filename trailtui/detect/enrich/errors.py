"""A file for enrichment that can't be used."""

from trailtui.model.errors import InputError


class EnrichmentError(InputError):
    """A database, list or table of ranges is missing, changed, or no such thing."""
