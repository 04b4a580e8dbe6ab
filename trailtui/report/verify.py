"""Checking a bundle: every byte of the zip, every file, the log's chain, each event's place.

Nothing that stands in the bundle makes this raise: what is wrong is a finding that names the file.
"""

import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trailtui.model.errors import InputError
from trailtui.report import layout
from trailtui.report.contents import (
    Contents,
    LogState,
    Manifest,
    Seen,
    check_events,
    check_evidence,
    check_log,
    check_pinned,
    check_sightings,
    read_manifest,
)
from trailtui.report.deeds import Deeds
from trailtui.report.findings import Finding
from trailtui.report.signing import SignatureCheck, check
from trailtui.report.unpacking import (
    Layout,
    Member,
    Unreadable,
    content,
    packed_bytes,
    read_layout,
)

__all__ = ["BundleCheck", "Finding", "verify_bundle"]

_LARGEST_LIST = 1 << 30
"""Bytes of MANIFEST.json or SHA256SUMS that are read: five million files."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class BundleCheck:
    """What checking a bundle found."""

    ok: bool
    root_hash: str
    """Of SHA256SUMS as it is; empty where there is none."""
    findings: tuple[Finding, ...]
    files: int
    events: int
    """Events that were held against the evidence."""
    log: LogState
    signature: SignatureCheck


@dataclass(slots=True)
class _Check:
    """The state of one check."""

    descriptor: int
    zip_name: str
    layout: Layout
    findings: list[Finding] = field(default_factory=list[Finding])
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    hashes: dict[str, str] = field(default_factory=dict[str, str])
    """SHA-256 by name of what could be read; no entry where it could not."""

    def say(self, file: str, what: str) -> None:
        self.findings.append(Finding(file or self.zip_name, what))

    def content(self, name: str) -> Iterator[bytes]:
        """A file's content in parts; raises Unreadable."""
        return content(self.descriptor, self.members[name])

    def whole(self, name: str) -> bytes:
        """A list's content, bounded; empty where it can't be read, which is a finding already."""
        if name not in self.hashes or self.members[name].size > _LARGEST_LIST:
            return b""
        return b"".join(self.content(name))


def verify_bundle(
    path: Path,
    *,
    root: str | None = None,
    allowed_signers: Path | None = None,
    progress: Progress = lambda _: None,
) -> BundleCheck:
    """Check a bundle, against the root hash and the allowed signers where they are given.

    Raises InputError only where there is no such file, it is no zip at all, or signers are given
    that can't be asked.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", where=str(path)) from None
    try:
        return _verify(descriptor, path, root, allowed_signers, progress)
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", where=str(path)) from None
    finally:
        os.close(descriptor)


def _verify(
    descriptor: int,
    path: Path,
    root: str | None,
    allowed_signers: Path | None,
    progress: Progress,
) -> BundleCheck:
    nothing = SignatureCheck("none", "")
    try:
        found = read_layout(descriptor)
    except Unreadable as error:
        if os.pread(descriptor, 4, 0) != b"PK\x03\x04":
            raise InputError(
                f"this is no bundle: {error}", where=str(path), cure="Name a bundle's zip file."
            ) from None
        broken = Finding(path.name, f"can't be read as a zip: {error}")
        return BundleCheck(False, "", (broken,), 0, 0, LogState(), nothing)
    state = _Check(descriptor, path.name, found)
    for file, what in found.odd:
        state.say(file, what)
    if not found.readable:
        return BundleCheck(False, "", tuple(state.findings), 0, 0, LogState(), nothing)
    progress("files")
    _hash_members(state)
    sums_bytes = state.whole(layout.SUMS)
    root_hash = state.hashes.get(layout.SUMS, "")
    manifest = read_manifest(state.whole(layout.MANIFEST), state.say)
    _compare_lists(state, sums_bytes, manifest)
    if root is not None and root.strip().lower() != root_hash:
        state.say(layout.SUMS, f"does not have the root hash {root.strip().lower()}")
    progress("contents")
    contents = Contents(state.members, state.hashes, state.content, state.say)
    deeds = Deeds(contents)
    log = check_log(contents, manifest, deeds.take)
    check_evidence(contents, manifest)
    seen = Seen(deeds.named_events())
    events = check_events(contents, manifest, seen)
    deeds.check(seen, log_is_sound=not log.fault)
    check_pinned(contents)
    check_sightings(contents, manifest)
    signature = _check_signature(state, sums_bytes, manifest, allowed_signers)
    findings = tuple(state.findings)
    return BundleCheck(
        not findings, root_hash, findings, len(found.members), events, log, signature
    )


def _hash_members(state: _Check) -> None:
    """Read every file once; note its hash, and what about it can't be read."""
    for member in state.layout.members:
        if not layout.is_plain_name(member.name):
            state.say(member.name, "has a name that no export gives")
        if member.name in state.members:
            continue  # a finding of the layout already
        state.members[member.name] = member
        digest = hashlib.sha256()
        crc = 0
        try:
            for part in content(state.descriptor, member):
                digest.update(part)
                crc = zlib.crc32(part, crc)
        except Unreadable as error:
            state.say(member.name, str(error))
            continue
        if crc != member.crc:
            state.say(member.name, "does not have the checksum that the zip says")
        state.hashes[member.name] = digest.hexdigest()


def _compare_lists(state: _Check, sums_bytes: bytes, manifest: Manifest) -> None:
    """Hold the files against SHA256SUMS and MANIFEST.json, and these two against each other.

    Where the two disagree, the one that agrees with the file is believed, and the other is named.
    """
    sums, wrong = layout.read_sums(sums_bytes.decode("utf-8", "backslashreplace"))
    for name in layout.always_in(manifest.version):
        if name not in state.members and name not in sums and name not in manifest.files:
            state.say(name, "is missing: every bundle has it")
    if sums_bytes:
        for what in wrong:
            state.say(layout.SUMS, what)
    unlisted = {layout.SUMS, layout.SIGNATURE} if manifest.signed else {layout.SUMS}
    for name in dict.fromkeys([*sums, *manifest.files, *state.members]):
        if name in unlisted or (name == layout.MANIFEST and name not in sums):
            continue
        _compare_file(state, name, sums.get(name), manifest)
    if manifest.signed and layout.SIGNATURE not in state.members:
        state.say(layout.SIGNATURE, "is missing: the manifest says that the bundle is signed")
    if sums_bytes and layout.MANIFEST not in sums:
        state.say(layout.SUMS, f"does not list {layout.MANIFEST}")


def _compare_file(state: _Check, name: str, in_sums: str | None, manifest: Manifest) -> None:
    entry = manifest.files.get(name)
    in_manifest = entry.sha256 if entry else None
    if name not in state.members:
        state.say(name, "is missing")
        if name != layout.MANIFEST and (in_sums is None) != (in_manifest is None):
            lacking = layout.SUMS if in_sums is None else layout.MANIFEST
            state.say(lacking, f"does not list {name}, as the other list does")
        return
    actual = state.hashes.get(name)
    if name == layout.MANIFEST:
        if actual != in_sums:
            state.say(name, f"was altered: its SHA-256 is not the one in {layout.SUMS}")
            state.say(layout.SUMS, f"or it was altered in the line of {name}")
        return
    if in_sums is None and in_manifest is None:
        state.say(name, "was added: it is in no list")
        return
    if actual == in_sums == in_manifest:
        _compare_packed(state, name, manifest)
        return
    if actual is not None and actual == in_manifest:
        state.say(layout.SUMS, f"does not have the SHA-256 of {name} that {layout.MANIFEST} has")
    elif actual is not None and actual == in_sums:
        state.say(layout.MANIFEST, f"does not have the SHA-256 of {name} that {layout.SUMS} has")
    else:
        state.say(name, "was altered: it does not have the SHA-256 that it was exported with")


def _compare_packed(state: _Check, name: str, manifest: Manifest) -> None:
    """What the zip itself could still hide: size, and other packed bytes for the same content."""
    member = state.members[name]
    entry = manifest.files[name]
    if entry.size != member.size:
        state.say(layout.MANIFEST, f"does not have the size of {name}")
    if not member.compressed or entry.packed_sha256 is None:
        return
    digest = hashlib.sha256()
    for part in packed_bytes(state.descriptor, member):
        digest.update(part)
    if digest.hexdigest() != entry.packed_sha256:
        state.say(name, "is packed otherwise than it was exported; its content is the same")


def _check_signature(
    state: _Check, sums_bytes: bytes, manifest: Manifest, allowed_signers: Path | None
) -> SignatureCheck:
    if layout.SIGNATURE not in state.members or not manifest.signed:
        if allowed_signers is not None:
            state.say(layout.SIGNATURE, "is missing: the bundle is not signed")
        return SignatureCheck("none", "the bundle is not signed")
    found = check(sums_bytes, state.whole(layout.SIGNATURE), allowed_signers)
    if found.state == "bad":
        state.say(layout.SIGNATURE, found.says)
    return found
