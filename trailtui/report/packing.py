"""Writing the bundle's zip: streamed, the same bytes for the same content, every file hashed."""

import hashlib
import os
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can hold; when a file was written is of no meaning here."""
_READ_SIZE = 1 << 20


@dataclass(frozen=True, slots=True)
class Packed:
    """A file that was put into the bundle."""

    name: str
    size: int
    sha256: str
    packed_sha256: str | None
    """Of its bytes as they lie in the zip, where that is not the content itself."""

    def as_json(self) -> dict[str, object]:
        """What the manifest says of it."""
        entry: dict[str, object] = {"path": self.name, "size": self.size, "sha256": self.sha256}
        if self.packed_sha256 is not None:
            entry["packed_sha256"] = self.packed_sha256
        return entry


class BundleWriter:
    """Puts files into a zip one after the other; `file` must be open for reading and writing."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._zip = zipfile.ZipFile(file, "w", allowZip64=True)
        self.packed: list[Packed] = []

    def add(self, name: str, chunks: Iterable[bytes], *, compress: bool = True) -> Packed:
        """Add one file from its bytes, chunk by chunk; `compress` is no use for gzip."""
        info = zipfile.ZipInfo(name, _FIXED_TIME)
        info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        info.create_system = 3
        info.external_attr = 0o600 << 16
        digest = hashlib.sha256()
        size = 0
        # how long a stream gets is not known beforehand, so it is laid out for any length
        with self._zip.open(info, "w", force_zip64=True) as member:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                member.write(chunk)
        hashed = self._hash_of_packed(info) if compress else None
        packed = Packed(name, size, digest.hexdigest(), hashed)
        self.packed.append(packed)
        return packed

    def _hash_of_packed(self, info: zipfile.ZipInfo) -> str:
        """SHA-256 of what was just written to the zip for a file."""
        self._file.flush()
        descriptor = self._file.fileno()
        header = os.pread(descriptor, 30, info.header_offset)
        lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        position = info.header_offset + 30 + lengths
        left = info.compress_size
        digest = hashlib.sha256()
        while left:
            part = os.pread(descriptor, min(_READ_SIZE, left), position)
            digest.update(part)
            position += len(part)
            left -= len(part)
        return digest.hexdigest()

    def close(self) -> None:
        """Write the zip's directory."""
        self._zip.close()

    def abandon(self) -> None:
        """Let go of a zip that will not be completed."""
        with suppress(OSError, ValueError):
            self._zip.close()
