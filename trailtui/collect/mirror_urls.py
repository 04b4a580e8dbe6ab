"""Objects by URL, as someone with access to a bucket hands them out: presigned, one to a line.

A presigned URL is a secret while it lasts: what follows the question mark is used to fetch and kept
nowhere. No credentials are sent. What lies in AWS's layout counts for its account, Region and day,
as the few objects that it is.
"""

import re
import threading
from collections.abc import Iterable, Iterator
from hashlib import sha256
from http.client import HTTPException
from typing import IO, Protocol, cast
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, unquote, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from trailtui.case.fetches import Unit
from trailtui.collect.s3_layout import Spot, find_spot
from trailtui.collect.s3_objects import Entry
from trailtui.collect.s3_plan import SOURCE, S3Plan
from trailtui.collect.storing import Document
from trailtui.model.errors import AwsError, InputError

ATTEMPTS = 3
"""How often an object is asked for at most."""
LIMIT = 64 << 20
"""Largest object taken, in bytes: nobody vouches for the other side, and a trail's own files stay
below 50 MB."""
_EXPECTED = 1 << 20
"""As what an object counts that may wait in memory, before its size is known."""
_SECONDS = 30
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_CODE = re.compile(rb"<Code>(\w{1,64})</Code>")
_ANY = "urls"


class _Response(Protocol):
    headers: "_Headers"

    def read(self, amount: int = ..., /) -> bytes: ...

    def close(self) -> None: ...


class _Headers(Protocol):
    def get(self, name: str) -> str | None: ...


class _SafeRedirects(HTTPRedirectHandler):
    """S3 sends a client on to a bucket's own Region; it is followed to nowhere that is worse."""

    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: object,
        newurl: str,
    ) -> Request | None:
        check_url(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # pyright: ignore[reportArgumentType]


def _opener() -> OpenerDirector:
    """Speaks HTTP and nothing else: no files, no FTP."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPHandler(),
        HTTPSHandler(),
        _SafeRedirects(),
        HTTPErrorProcessor(),
        HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener


def check_url(url: str) -> None:
    """Raise InputError unless a URL is https, or http on this machine; never repeats its query."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InputError("this is no URL") from None
    allowed = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not allowed or not host or not url.isascii() or not url.isprintable():
        raise InputError(
            "only https:// URLs are fetched, percent-encoded as S3 gives them",
            where=f"{parts.scheme}://{host or ''}",
        )


def origin_of(url: str) -> str:
    """A URL as it is kept: no user, no signature; the version of the object where one is named."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    version = parse_qs(parts.query).get("versionId", [""])[0]
    kept = f"?versionId={version}" if version else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}{kept}"


def read_urls(text: str) -> list[str]:
    """The URLs of a file with one to a line; blank lines and lines with # are passed over.

    Raises InputError for a line that is none, by its number.
    """
    urls: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        word = line.strip()
        if word and not word.startswith("#"):
            try:
                check_url(word)
            except InputError as error:
                raise InputError(error.what, where=f"line {number}") from None
            urls.append(word)
    return urls


class Urls:
    """URLs as a bucket whose keys are the URLs without their secrets."""

    origins = "http"

    def __init__(self, urls: Iterable[str]) -> None:
        self._urls = {origin_of(url): url for url in urls}
        self._opener = _opener()
        self._pause = threading.Event()
        self._groups: dict[str, list[str]] = {}
        self._requests = 0

    @property
    def requests(self) -> int:
        """How many objects were asked for so far."""
        return self._requests

    def units(self) -> list[Unit]:
        """One for the objects of each account, Region and day."""
        found: dict[Spot, list[str]] = {}
        for origin in sorted(self._urls):
            spot = find_spot(unquote(urlsplit(origin).path).lstrip("/"))
            whose = Spot(None, spot.account, None, spot.region, spot.since_ms, spot.until_ms)
            found.setdefault(whose, []).append(origin)
        return [self._unit(spot, origins) for spot, origins in found.items()]

    def _unit(self, spot: Spot, origins: list[str]) -> Unit:
        group = sha256("\n".join(origins).encode()).hexdigest()[:16]
        self._groups[group] = origins
        number = "1 object" if len(origins) == 1 else f"{len(origins):,} objects"
        question = {"bucket": _ANY, "key": group, "filter": f"only {number} given by URL"}
        return Unit(
            SOURCE,
            spot.account or "",
            spot.region or "",
            spot.since_ms or 0,
            spot.until_ms or 0,
            question,
        )

    def origin(self, key: str) -> str:
        """What an object is called in the case."""
        return key

    def objects(self, prefix: str) -> Iterator[list[Entry]]:
        """The objects of a unit. Their sizes are not known before they come."""
        yield [Entry(origin, None, _EXPECTED) for origin in self._groups[prefix]]

    def get(self, entry: Entry) -> Document:
        """Fetch an object. Raises AwsError where it can't be had."""
        for attempt in range(ATTEMPTS):
            try:
                return self._fetch(entry.key)
            except HTTPError as error:
                refusal = _refused(error, entry.key)
                if error.code < 500 or attempt == ATTEMPTS - 1:
                    raise refusal from None
            except (URLError, OSError, HTTPException) as error:
                if attempt == ATTEMPTS - 1:
                    reason = type(getattr(error, "reason", error)).__name__
                    raise AwsError(
                        f"the connection failed ({reason})",
                        where=entry.key,
                        cure="Check the network and the proxy, then collect again.",
                    ) from None
            self._pause.wait(0.2 * attempt)
        raise AssertionError

    def _fetch(self, origin: str) -> Document:
        self._requests += 1
        request = Request(self._urls[origin])  # noqa: S310 - its scheme was checked
        response = cast("_Response | None", self._opener.open(request, timeout=_SECONDS))
        if response is None:
            raise AwsError("nothing speaks this protocol", where=origin)
        try:
            body = response.read(LIMIT + 1)
            headers = response.headers
        finally:
            response.close()
        if len(body) > LIMIT:
            raise InputError(f"larger than {LIMIT >> 20} MiB", where=origin)
        length = headers.get("Content-Length")
        if length is not None and length.isdecimal() and int(length) != len(body):
            raise OSError("the answer broke off")
        return Document(origin, body, _told(headers, len(body)))


def _told(headers: _Headers, size: int) -> dict[str, object]:
    """What S3 said of an object, by the names that GetObject has for it."""
    named = {"ETag": "ETag", "Last-Modified": "LastModified", "x-amz-version-id": "VersionId"}
    told: dict[str, object] = {"size": size}
    told |= {name: value for header, name in named.items() if (value := headers.get(header))}
    signed = ("signature", "signature-algorithm", "backfill-generation-timestamp")
    metadata = {name: value for name in signed if (value := headers.get(f"x-amz-meta-{name}"))}
    return told | ({"Metadata": metadata} if metadata else {})


def _refused(error: HTTPError, origin: str) -> AwsError:
    with error:
        found = _CODE.search(error.read(4096))
    code = found[1].decode() if found else ""
    cure = "A presigned URL holds for a while only: ask for a new one." if error.code == 403 else ""
    return AwsError(f"HTTP {error.code} {code}".strip(), where=origin, cure=cure)


def plan_urls(urls: Iterable[str]) -> S3Plan:
    """The objects behind URLs. Raises InputError for one that is not fetched, or where none is."""
    listed = list(urls)
    for url in listed:
        check_url(url)
    if not listed:
        raise InputError("there is no URL to fetch")
    source = Urls(listed)
    units = source.units()
    addresses = sorted({f"https://{urlsplit(url).hostname}" for url in listed})
    return S3Plan(tuple(units), {_ANY: source}, {}, (), tuple(addresses))
