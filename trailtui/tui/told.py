"""Any exception as a sentence that can be shown."""

import sqlite3
import traceback
from pathlib import Path

from trailtui.model.errors import TrailtuiError


def as_told(error: BaseException, path: Path | None) -> TrailtuiError:
    """Any exception as one that can be shown: no traceback, no values of variables."""
    if isinstance(error, TrailtuiError):
        return error
    where = str(path) if path else ""
    if isinstance(error, sqlite3.Error):
        return TrailtuiError(f"the case could not answer: {error}", where=where)
    frames = traceback.extract_tb(error.__traceback__)
    at = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return TrailtuiError(
        f"an error of trailtui itself: {type(error).__name__}{at}",
        cure="The case is as it was before this step. Please report it.",
    )
