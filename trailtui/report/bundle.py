"""Exporting a case: one zip with everything in it, and hashes that guard it.

SHA256SUMS covers every file but itself and its signature; the SHA-256 of SHA256SUMS is the root
hash: who has it can tell any change. The file appears under its name only when it is whole.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import trailtui
from trailtui.case.coverage import summarize_coverage
from trailtui.case.evidence import all_evidence, original_bytes
from trailtui.case.file import Case
from trailtui.case.journal import ChainCheck, append
from trailtui.case.journal import verify as verify_log
from trailtui.model.errors import CaseError, InputError, TrailtuiError
from trailtui.model.times import format_utc, now_ms
from trailtui.report import layout, tables
from trailtui.report.answer_files import answer_files
from trailtui.report.documents import (
    alerts_document,
    containment_document,
    detections_document,
    enrichment_document,
    summary_document,
)
from trailtui.report.instructions import verify_instructions
from trailtui.report.packing import BundleWriter
from trailtui.report.signing import public_key, sign
from trailtui.report.summary import CaseSummary, summarize_case

if TYPE_CHECKING:
    from trailtui.report.view import Report


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """A bundle that was written."""

    path: Path
    root_hash: str
    files: int
    """All files in the zip, the manifest's own included."""
    size: int
    """Of the zip, in bytes."""
    log_entries: int
    log_head: str
    log_fault: str
    """What is wrong with the action log's chain; empty where it is sound."""
    signed: bool


def export_bundle(
    case: Case, path: Path, *, sign_key: Path | None = None, force: bool = False
) -> BundleInfo:
    """Write the bundle of a case to `path`, mode 0600, and log it with its root hash.

    Everything comes from one moment of the case. Raises InputError where the file exists (unless
    `force`), can't be written, or the key can't sign; CaseError where the case's bytes no longer
    have the hash they were acquired with.
    """
    if case.readonly:
        raise CaseError("an export is logged, and this case is open for reading only")
    signer = public_key(sign_key) if sign_key else None
    if not force and os.path.lexists(path):
        raise _exists(path)
    with _reported(path), _partial_file(path) as (file, partial):
        writer = BundleWriter(file)
        try:
            with _moment_of(case) as frozen:
                log = verify_log(frozen)
                _add_files(writer, frozen, signer)
                sums = _add_manifest(writer, frozen, log, case, signed=sign_key is not None)
            if sign_key:
                writer.add(layout.SIGNATURE, [sign(sign_key, sums)], compress=False)
        except BaseException:
            writer.abandon()
            raise
        writer.close()
        file.flush()
        os.fsync(file.fileno())
        info = BundleInfo(
            path=path,
            root_hash=hashlib.sha256(sums).hexdigest(),
            files=len(writer.packed),
            size=file.tell(),
            log_entries=log.entries,
            log_head=log.head,
            log_fault=log.reason,
            signed=sign_key is not None,
        )
        _log_and_publish(case, partial, info, force=force)
    return info


def _add_files(writer: BundleWriter, case: Case, signer: str | None) -> None:
    from trailtui.report.report import build_report, render_html, render_markdown

    summary = summarize_case(case)
    report = build_report(case, summary)
    writer.add(layout.VERIFY, [verify_instructions(case.name, signer).encode()])
    writer.add(layout.REPORT_MARKDOWN, [render_markdown(report).encode()])
    writer.add(layout.REPORT_HTML, [render_html(report).encode()])
    for number, (run, text) in enumerate(tables.playbook_texts(case)):
        name = layout.PLAYBOOK if number == 0 else f"playbook-run-{run}.yaml"
        writer.add(name, [text.encode()])
    lines = {
        layout.EVENTS: tables.event_lines,
        layout.SIGHTINGS: tables.sighting_lines,
        layout.PINNED: tables.pinned_lines,
        layout.ACTION_LOG: tables.log_lines,
        layout.PROBLEMS: tables.problem_lines,
        layout.EVIDENCE_LIST: tables.evidence_lines,
    }
    for name, make in lines.items():
        writer.add(name, tables.batched(make(case)))
    documents = {
        layout.NOTES: tables.note_rows,
        layout.TAGS: tables.tag_rows,
        layout.ENTITIES: tables.entity_rows,
        layout.STEPS: tables.step_rows,
        layout.ACTIONS: tables.action_rows,
        layout.COVERAGE: tables.coverage_document,
    }
    for name, build in documents.items():
        writer.add(name, tables.document(build(case)))
    _add_deeds(writer, case, report, summary)
    _add_evidence(writer, case)


def _add_deeds(writer: BundleWriter, case: Case, report: "Report", summary: CaseSummary) -> None:
    """What was asked, found and done, beyond the tables of the case."""
    writer.add(layout.SUMMARY, tables.document(summary_document(summary)))
    writer.add(layout.CONTAINMENT, tables.document(containment_document(case, report)))
    writer.add(layout.DETECTIONS, tables.document(detections_document(case)))
    writer.add(layout.ALERTS, tables.document(alerts_document(case)))
    writer.add(layout.ENRICHMENT, tables.document(enrichment_document(case)))
    told: list[object] = []
    for answer in answer_files(case):
        for name, content in answer.files.items():
            writer.add(name, [content])
        told.append(answer.told)
    writer.add(layout.ANSWERS, tables.document(told))


def _add_evidence(writer: BundleWriter, case: Case) -> None:
    for evidence in all_evidence(case):
        name = layout.evidence_name(evidence.id, evidence.origin)
        packed = writer.add(
            name, original_bytes(case, evidence.id), compress=evidence.packing != "gzip"
        )
        if packed.sha256 != evidence.sha256:
            raise CaseError(
                f"evidence {evidence.id} is no longer what was acquired from {evidence.origin}: "
                f"its SHA-256 is {packed.sha256}, and was {evidence.sha256}",
                where=str(case.path),
                cure="The case file is damaged or was altered; restore a copy.",
            )


def _add_manifest(
    writer: BundleWriter, frozen: Case, log: ChainCheck, case: Case, *, signed: bool
) -> bytes:
    """Add MANIFEST.json and SHA256SUMS; gives the bytes of the latter."""
    summary = summarize_coverage(frozen)
    manifest = {
        "format": layout.FORMAT,
        "version": layout.VERSION,
        "program": f"trailtui {trailtui.__version__}",
        "case": {
            "name": frozen.name,
            "created_at": _created_at(frozen),
        },
        "exported": {"at": format_utc(now_ms()), "by": case.responder.as_json()},
        "signed": signed,
        "log": {"entries": log.entries, "head": log.head, "sound": log.ok},
        "counts": {
            "evidence": summary.evidence,
            "events": summary.events,
            "sightings": summary.sightings,
            "conflicts": summary.conflicts,
            "problems": summary.problems,
        },
        "files": [packed.as_json() for packed in writer.packed],
    }
    writer.add(layout.MANIFEST, tables.document(manifest), compress=False)
    ordered = sorted(writer.packed, key=lambda packed: packed.name)
    sums = "".join(layout.sums_line(packed.sha256, packed.name) for packed in ordered).encode()
    writer.add(layout.SUMS, [sums], compress=False)
    return sums


def _created_at(case: Case) -> str | None:
    created = case.setting("created_ms")
    return format_utc(created) if isinstance(created, int) else None


@contextmanager
def _moment_of(case: Case) -> Generator[Case]:
    """The case as it is now, whatever others write meanwhile: one reading transaction.

    Sorting many events must not take memory, so it may go to temporary files; pages that are read
    once need not be mapped.
    """
    with case.reopen(readonly=True) as frozen:
        frozen.connection.execute("PRAGMA temp_store = FILE")
        frozen.connection.execute("PRAGMA mmap_size = 0")
        frozen.connection.execute("BEGIN")
        frozen.connection.execute("SELECT count(*) FROM settings").fetchone()
        yield frozen


@contextmanager
def _partial_file(path: Path) -> Generator[tuple[BinaryIO, Path]]:
    """A new file beside `path`, mode 0600; gone afterwards unless it was given its name."""
    descriptor, name = tempfile.mkstemp(
        dir=path.absolute().parent, prefix=f".{path.name}.", suffix=".partial"
    )
    partial = Path(name)
    try:
        with cast("BinaryIO", os.fdopen(descriptor, "w+b")) as file:
            yield file, partial
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def _log_and_publish(case: Case, partial: Path, info: BundleInfo, *, force: bool) -> None:
    """Log the export, then give the file its name: no bundle is about that the log lacks."""
    what: dict[str, object] = {
        "path": str(info.path.absolute()),
        "root": info.root_hash,
        "files": info.files,
        "size": info.size,
        "log_entries": info.log_entries,
        "log_head": info.log_head,
        "signed": info.signed,
    }
    append(case, "export", what, durable=True)
    try:
        _give_name(partial, info.path, force=force)
    except (OSError, TrailtuiError) as error:
        append(case, "export", {"root": info.root_hash, "failed": str(error)})
        raise


def _give_name(partial: Path, path: Path, *, force: bool) -> None:
    if force:
        if path.is_dir() or (path.exists() and not stat.S_ISREG(path.stat().st_mode)):
            raise InputError("this is no file that could be replaced", where=str(path))
        partial.replace(path)
    else:
        try:
            os.link(partial, path)  # unlike a rename, this never replaces what is there
        except FileExistsError:
            raise _exists(path) from None
        except OSError:  # a file system without links
            if os.path.lexists(path):
                raise _exists(path) from None
            partial.rename(path)
    folder = os.open(path.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _exists(path: Path) -> InputError:
    return InputError(
        "this file exists already", where=str(path), cure="Choose another name, or add --force."
    )


@contextmanager
def _reported(path: Path) -> Generator[None]:
    """The system's errors as a sentence; the case is not touched by them."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"the bundle can't be written: {error.strerror or error}",
            where=str(path),
            cure="Give a folder that exists, may be written to and has room.",
        ) from error
