"""Which files a user's paths mean: files, folders and patterns, in order of delivery.

Links inside a folder are not followed and special files are not opened: a folder of evidence may
have been laid by an attacker. What is passed over is listed with the reason.
"""

import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from glob import glob, has_magic


@dataclass(slots=True)
class Listing:
    """Files to read, in order, and what is passed over."""

    files: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """Path and size in bytes."""
    passed_over: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Path and reason."""

    @property
    def total_bytes(self) -> int:
        """The size of all files together."""
        return sum(size for _, size in self.files)


def list_files(paths: Iterable[str]) -> Listing:
    """The files behind paths as typed; a path named directly is followed even if it is a link."""
    listing = Listing()
    seen: set[str] = set()
    for typed in paths:
        matches = sorted(glob(typed, recursive=True)) if has_magic(typed) else []  # noqa: PTH207
        if has_magic(typed) and not matches and not os.path.lexists(typed):
            listing.passed_over.append((typed, "no file matches this pattern"))
            continue
        for path in matches or [typed]:
            _add(listing, seen, os.path.abspath(path), named=True)  # noqa: PTH100 - keeps links
    listing.files.sort(key=_delivered)
    return listing


_DELIVERY_TIME = re.compile(r"_(\d{8}T\d{4}Z)_[^/]*$")


def _delivered(file: tuple[str, int]) -> str:
    """When a trail delivered a file, by its name; empty for other names, which come first.

    In time order over all Regions the events come in order too, and the writer mostly appends.
    """
    found = _DELIVERY_TIME.search(file[0])
    return found[1] if found else ""


def _add(listing: Listing, seen: set[str], path: str, *, named: bool) -> None:
    if path in seen:
        return
    seen.add(path)
    try:
        status = os.stat(path) if named else os.lstat(path)  # noqa: PTH116
    except OSError as error:
        listing.passed_over.append((path, _reason(error)))
        return
    if stat.S_ISDIR(status.st_mode):
        _walk(listing, seen, path)
    elif stat.S_ISLNK(status.st_mode):
        listing.passed_over.append((path, "a symbolic link; name it directly to follow it"))
    elif not stat.S_ISREG(status.st_mode):
        listing.passed_over.append((path, "not a regular file"))
    else:
        listing.files.append((path, status.st_size))


def _walk(listing: Listing, seen: set[str], folder: str) -> None:
    try:
        with os.scandir(folder) as found:
            entries = sorted(entry.path for entry in found)
    except OSError as error:
        listing.passed_over.append((folder, f"folder not read: {_reason(error)}"))
        return
    for path in entries:
        _add(listing, seen, path, named=False)


def _reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "no right to read it"
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    return error.strerror or str(error)
