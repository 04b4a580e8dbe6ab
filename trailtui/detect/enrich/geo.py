"""Databases in MaxMind's format: where an address is, and whose network it is in.

Source of the format: MaxMind DB File Format Specification 2.0; of the fields: MaxMind's pages about
GeoIP2 City, Country and ASN databases. Databases of others in that format often have plain texts
(`country: "DE"`, `asn: "AS64500"`), which are taken as well. The file is read whole and by Python
alone, so that one that is damaged, or made to do harm, ends in an error at most.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from typing import Any, cast

from trailtui.detect.enrich.errors import EnrichmentError
from trailtui.detect.enrich.networks import Address

NEEDS = "the extra `geo` is not installed"
CURE = "pip install 'trailtui[geo]'"
LARGEST = 1 << 30
"""Bytes of a database; the largest that are sold have half of that."""
_LONGEST = 120
_REFUSED = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError,
    MemoryError, EOFError, OSError, ArithmeticError, RuntimeError,
)  # fmt: skip
"""What a reader runs into where the bytes are not what they say."""

Lookup = Callable[[Address], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address is, as far as a database knows."""

    country: str = ""
    """Its ISO code; or its name where the database has no code."""
    city: str = ""
    continent: str = ""
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float = 0.0
    """How far from there it may be."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose network an address is in."""

    number: int
    """Of the autonomous system."""
    organisation: str = ""

    def __str__(self) -> str:
        return f"AS{self.number} {self.organisation}".rstrip()


def open_database(content: bytes, *, where: str, kind: str) -> Lookup:
    """A function that gives an address's record, an empty one where there is none.

    Args:
        content: the file's bytes.
        where: its path, for errors.
        kind: `geoip` or `asn`: a database that says it is the other is refused.

    Raises EnrichmentError where the library is missing or the file is no such database.
    """
    if find_spec("maxminddb") is None:
        raise EnrichmentError(NEEDS, where=where, cure=CURE)
    import maxminddb

    known = (*_REFUSED, maxminddb.InvalidDatabaseError)
    try:
        reader = _reader(maxminddb, content)
        version, named = reader.metadata().ip_version, str(reader.metadata().database_type)
        if version not in (4, 6):
            raise ValueError(f"IP version {version}")
    except known as error:
        raise EnrichmentError(
            f"this is no database in MaxMind's format: {str(error)[:200] or type(error).__name__}",
            where=where,
        ) from None
    _refuse_other_kind(named, where=where, kind=kind)

    def look_up(address: Address) -> Mapping[str, object]:
        if address.version > version:
            return {}
        try:
            return _mapping(reader.get(address))
        except known as error:
            raise EnrichmentError(
                f"the database is damaged: {str(error)[:200] or type(error).__name__}", where=where
            ) from None

    return look_up


def _reader(library: Any, content: bytes) -> Any:  # noqa: ANN401 - its types are unfinished
    """The reader in Python, over bytes in memory: no file stays open, none changes meanwhile."""
    return library.open_database(BytesIO(content), library.MODE_FD)


def _refuse_other_kind(named: str, *, where: str, kind: str) -> None:
    is_asn = "asn" in named.lower() or "isp" in named.lower()
    is_place = any(word in named.lower() for word in ("city", "country", "enterprise"))
    wanted = is_place if kind == "geoip" else is_asn
    if not wanted and (is_asn or is_place):
        option, other = ("--asn", "--geoip") if kind == "geoip" else ("--geoip", "--asn")
        raise EnrichmentError(
            f"this database is called {named[:60]!r}", where=where,
            cure=f"Give it by {option}, not by {other}.",
        )  # fmt: skip


def place_of(record: Mapping[str, object]) -> Place | None:
    """Where a record of a city or country database says an address is."""
    country = record.get("country") or record.get("registered_country")
    location = _mapping(record.get("location"))
    latitude = _number(location.get("latitude", record.get("latitude")), 90)
    longitude = _number(location.get("longitude", record.get("longitude")), 180)
    both = latitude is not None and longitude is not None
    found = Place(
        country=_text(_mapping(country).get("iso_code")) or _named(country),
        city=_named(record.get("city")),
        continent=_text(_mapping(record.get("continent")).get("code"))
        or _text(record.get("continent")),
        latitude=latitude if both else None,
        longitude=longitude if both else None,
        radius_km=_number(location.get("accuracy_radius"), 20_000) or 0.0,
    )
    return found if found.country or found.city or both else None


def owner_of(record: Mapping[str, object]) -> Owner | None:
    """Whose network a record of an ASN database says an address is in."""
    number = record.get("autonomous_system_number") or record.get("asn")
    if isinstance(number, str):
        digits = number.strip().upper().removeprefix("AS")
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 11 else None
    if not isinstance(number, int) or not 0 < number < 1 << 32:
        return None
    named = record.get("autonomous_system_organization") or record.get("as_name")
    return Owner(number, _text(named) or _text(record.get("name")))


def _named(value: object) -> str:
    """A name in English, of `{names: {en: …}}` or as a plain text."""
    return _text(_mapping(_mapping(value).get("names")).get("en")) or _text(value)


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value.strip()[:_LONGEST] if isinstance(value, str) else ""


def _number(value: object, most: float) -> float | None:
    """A number within bounds; texts of numbers too, as some databases have them."""
    if isinstance(value, str) and len(value) < 30:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= most:
        return None
    return float(value)
