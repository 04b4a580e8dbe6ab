"""Which files a case is enriched with: their paths and hashes, kept in the case.

The files stay where they are. One that is missing or is another one than when it was given is not
used, and said: an answer that changes with a file nobody looked at would be worth nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import cast

from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.detect.enrich.errors import EnrichmentError
from trailtui.detect.enrich.geo import LARGEST as LARGEST_DATABASE
from trailtui.detect.enrich.list_files import LARGEST as LARGEST_LIST
from trailtui.detect.enrich.ranges import LARGEST as LARGEST_RANGES

SETTING = "enrichment"
GEOIP, ASN, LIST, AWS_RANGES = "geoip", "asn", "list", "aws-ranges"
_LARGEST = {
    GEOIP: LARGEST_DATABASE, ASN: LARGEST_DATABASE,
    LIST: LARGEST_LIST, AWS_RANGES: LARGEST_RANGES,
}  # fmt: skip
KINDS = tuple(_LARGEST)
_CURE = "Give it again by `trailtui enrich`, or `--forget` it."


@dataclass(frozen=True, slots=True)
class Source:
    """One file that was given."""

    kind: str
    path: str
    sha256: str
    column: str = ""
    """Of a list in CSV; empty where none was named."""

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return Path(self.path).name


def given_source(kind: str, text: str) -> tuple[Source, bytes]:
    """A file as it was named on the command line, with its bytes as they are now.

    `PATH#COLUMN` names the column of a list in CSV, unless a file is called so.
    Raises EnrichmentError where it can't be read.
    """
    path, column = Path(text), ""
    if kind == LIST and not path.exists() and "#" in text:
        before, _, column = text.rpartition("#")
        path = Path(before)
    content = _content(path, kind, cure="")
    return Source(kind, str(path.absolute()), sha256(content).hexdigest(), column), content


def content_of(source: Source) -> bytes:
    """The bytes of a file that was given; raises EnrichmentError where they are others now."""
    content = _content(Path(source.path), source.kind, cure=_CURE)
    if sha256(content).hexdigest() != source.sha256:
        raise EnrichmentError(
            "this is another file than the one that was given; it is not used",
            where=source.path, cure=_CURE,
        )  # fmt: skip
    return content


def _content(path: Path, kind: str, *, cure: str) -> bytes:
    largest = _LARGEST[kind]
    try:
        if not path.is_file():
            raise EnrichmentError("there is no such file", where=str(path), cure=cure)
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise EnrichmentError(
            f"it can't be read: {error.strerror}", where=str(path), cure=cure
        ) from None
    if len(content) > largest:
        raise EnrichmentError(f"it has more than {largest >> 20:,} MB", where=str(path), cure=cure)
    return content


def sources_of(case: Case) -> tuple[Source, ...]:
    """The files that a case is enriched with, in the order in which they were given."""
    stored = case.setting(SETTING)
    listed = cast("list[object]", stored) if isinstance(stored, list) else []
    found: list[Source] = []
    for each in listed:
        if isinstance(each, dict):
            told = cast("Mapping[str, object]", each)
            kind, path, digest, column = (
                str(told.get(key) or "") for key in ("kind", "path", "sha256", "column")
            )
            if kind in KINDS and path:
                found.append(Source(kind, path, digest, column))
    return tuple(found)


def keep_sources(
    case: Case, given: Sequence[Source], forgotten: Iterable[str] = ()
) -> tuple[Source, ...]:
    """Keep files with the case, and write that into the action log.

    A database of a kind takes the place of the one before, a list that of the same path.
    `forgotten` are kinds, paths or names of files that are no longer used; `all` means every one.

    Raises EnrichmentError where one that should be forgotten is not there.
    """
    present = list(sources_of(case))
    for word in forgotten:
        left = [each for each in present if not _is_meant(each, word)]
        if len(left) == len(present) and word != "all":
            raise EnrichmentError("the case is not enriched with it", where=word)
        present = left
    for source in given:
        present = [
            each
            for each in present
            if each.kind != source.kind or (source.kind == LIST and each.path != source.path)
        ]
        present.append(source)
    stored = [asdict(each) for each in present]
    with case.writing():
        case.set_setting(SETTING, stored)
        append(case, "enrich", {"files": stored})
    return tuple(present)


def _is_meant(source: Source, word: str) -> bool:
    return word in ("all", source.kind, source.path, source.name)
