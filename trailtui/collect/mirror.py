"""A plain copy of a trail's bucket in a local folder, read as the bucket itself would be.

A mirror may be a copy of a part, and nothing in it tells: only days that have a folder are units,
so that of the others nothing is claimed.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from trailtui.collect.listing import list_files
from trailtui.collect.reading import bytes_of
from trailtui.collect.s3_objects import Entry
from trailtui.collect.s3_plan import S3Plan, S3Wish, make_plan
from trailtui.collect.storing import Document
from trailtui.model.errors import InputError
from trailtui.model.times import now_ms


class Mirror:
    """A folder as a bucket; its keys are absolute paths. Links in it are not followed."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.abspath(folder)  # noqa: PTH100 - keeps links
        self._passed_over: dict[str, str] = {}

    @property
    def name(self) -> str:
        """It has none: the keys say it all."""
        return ""

    @property
    def key(self) -> str:
        """The folder, as the beginning of its keys."""
        return f"{self._folder.rstrip('/')}/"

    @property
    def origins(self) -> str:
        """What the origins of all its objects begin with."""
        return self.origin(self.key)

    def origin(self, key: str) -> str:
        """What a file is called in the case; a name that is not UTF-8 with its bytes escaped."""
        return os.fsencode(key).decode("utf-8", "backslashreplace")

    def folders(self, prefix: str) -> list[str]:
        """The names of the folders right under one; none where it is not there."""
        try:
            with os.scandir(prefix) as found:
                return sorted(one.name for one in found if one.is_dir(follow_symlinks=False))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise InputError(f"the folder can't be read: {error.strerror}", where=prefix) from None

    def objects(self, prefix: str) -> Iterator[list[Entry]]:
        """The files under a folder, those that can't be opened included."""
        listing = list_files([prefix] if Path(prefix).exists() else [])
        entries = [Entry(path, _version(path), size) for path, size in listing.files]
        for path, reason in listing.passed_over:
            self._passed_over[path] = reason
            entries.append(Entry(path, "", 0))
        yield sorted(entries, key=lambda entry: self.origin(entry.key).encode())

    def get(self, entry: Entry) -> Document:
        """A file's bytes. Raises InputError where they can't be had as they are."""
        path = entry.key
        if path in self._passed_over:
            raise InputError(self._passed_over[path], where=path)
        try:
            data, changed = bytes_of(path)
        except FileNotFoundError:
            raise InputError("vanished before it was read", where=path) from None
        except OSError as error:
            raise InputError(f"can't be read: {error.strerror}", where=path) from None
        if data is None:
            raise InputError("larger than a case takes of one file", where=path)
        if changed:
            raise InputError(
                "changed while it was read", where=path, cure="Collect again once it is copied."
            )
        return Document(self.origin(path), data, {"file": entry.etag})


def _version(path: str) -> str:
    """What tells two contents of a file apart without reading them: its size and time."""
    try:
        status = Path(path).stat()
    except OSError:
        return ""
    return f"{status.st_size}-{status.st_mtime_ns}"


def plan_mirror(folder: str, wish: S3Wish, *, present_ms: int | None = None) -> S3Plan:
    """The days of a mirror that are wanted and there.

    `folder` holds `AWSLogs/`, or is any folder of such a tree. Raises InputError where nothing of
    what is wanted is there.
    """
    mirror = Mirror(folder)
    if not Path(folder).is_dir():
        raise InputError("there is no such folder", where=folder)
    present = now_ms() if present_ms is None else present_ms
    plan = make_plan([(mirror, mirror.key)], wish, present)
    units = tuple(
        unit for unit in plan.units if any(Path(one).is_dir() for one in plan.prefixes(unit))
    )
    if not units:
        raise InputError(
            "the mirror has no day of what was asked for",
            where=folder,
            cure="Check --from, --to, --account and --region against its folders.",
        )
    return replace(plan, units=units)
