"""What is wrong with a Sigma rule."""

from trailtui.model.errors import InputError


class SigmaRuleError(InputError):
    """A rule that can't be read or run; its place is `file:line`."""


class Unsupported(ValueError):
    """Something in a sound rule that can't be run here."""
