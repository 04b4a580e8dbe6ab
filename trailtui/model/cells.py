"""Values as the cells of a table or of a CSV file."""

import json

from trailtui.model.text import safe

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """A value as text that is safe to show; JSON for what is neither text nor truth."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return safe(value if isinstance(value, str) else json.dumps(value))


def csv_cell(value: object) -> str:
    """A value as a CSV cell that no spreadsheet takes for a formula."""
    text = cell(value)
    if text.startswith(_FORMULA_STARTS) and not isinstance(value, int | float):
        return f"'{text}"
    return text
