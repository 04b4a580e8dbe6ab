"""The columns of the table `events`: CloudTrail's documented fields, their types, where they lie.

Names and nesting follow the CloudTrail record contents and userIdentity references (event version
1.11); types follow the schema of CloudTrail Lake. Athena's table has the maps as JSON strings and
the time and the booleans as text; both ways of writing are understood (see docs/query-format.md).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum


class Kind(StrEnum):
    """Type of an expression, by Trino's names; the comment says what SQLite holds."""

    TEXT = "varchar"
    INTEGER = "bigint"
    DOUBLE = "double"
    BOOLEAN = "boolean"  # 0 or 1
    TIME = "timestamp"  # milliseconds since 1970, UTC
    DATE = "date"  # milliseconds of its midnight
    IP = "ipaddress"  # its text, in the shortest form
    INTERVAL = "interval"  # only as a literal
    JSON = "json"  # its text
    MAP = "map(varchar, varchar)"  # text of a JSON object
    STRUCT = "row"  # text of a JSON object
    ARRAY = "array"  # text of a JSON list
    UNKNOWN = "unknown"  # NULL

    @property
    def named(self) -> str:
        """Its name with an article, for messages."""
        return f"{'an' if self[0] in 'aiu' else 'a'} {self}"


NESTED = frozenset({Kind.JSON, Kind.MAP, Kind.STRUCT, Kind.ARRAY})


class Store(StrEnum):
    """Where a column's value lies in the case."""

    RECORD = "record"
    """Only in the record itself."""
    CODED = "coded"
    """A column of event_rows holds the id of its text."""
    ACTOR = "actor"
    """A column of `actors`; NULL there may stand for an empty text or one that was not resolved."""
    TIME = "time"
    EVENT_ID = "event id"
    FLAGS = "flags"
    TLS = "tls"
    """Bits of the flags, where the record has one of the known versions or none."""
    DAY = "day"
    """Of the time, in the pattern that `held_in` is, as tables in Athena are divided."""


@dataclass(frozen=True, slots=True)
class Column:
    """One documented field; `children` are the fields of a struct, or of a list's members."""

    name: str
    kind: Kind = Kind.TEXT
    store: Store = Store.RECORD
    held_in: str = ""
    """Column of event_rows or actors, or the flag bits as `known,true`."""
    empty_is_null: bool = False
    """Whether an empty text is stored as NULL, so that NULL alone does not tell."""
    virtual: bool = False
    """Computed by the case, not a field of CloudTrail; `SELECT *` leaves it out."""
    children: Mapping[str, "Column"] = field(default_factory=dict[str, "Column"])
    member: "Column | None" = None
    """What an array holds, or the values of a map (whose keys are always varchar)."""
    zone: str = ""
    """Of a timestamp with a time zone: which, as it was named; "" for UTC."""

    @property
    def element(self) -> "Column":
        """The type of an array's members, or of a map's values."""
        if self.member is not None:
            return self.member
        if self.kind is Kind.ARRAY and self.children:
            return Column("", Kind.STRUCT, children=self.children)
        return Column("", Kind.TEXT if self.kind is Kind.MAP else Kind.UNKNOWN)

    @property
    def type(self) -> str:
        """The type in Trino's words, for messages and to tell two apart."""
        if self.kind is Kind.ARRAY:
            return f"array({self.element.type})"
        if self.kind is Kind.MAP:
            return f"map(varchar, {self.element.type})"
        if self.kind is Kind.STRUCT:
            return f"row({', '.join(f'{c.name} {c.type}' for c in self.children.values())})"
        return f"{self.kind} with time zone" if self.zone else str(self.kind)

    def child(self, name: str) -> "Column | None":
        """The field of that name, without regard to case."""
        return self.children.get(name.lower())


def _by_name(*columns: Column) -> dict[str, Column]:
    return {column.name.lower(): column for column in columns}


def _struct(name: str, *children: Column) -> Column:
    return Column(name, Kind.STRUCT, children=_by_name(*children))


def _coded(name: str, held_in: str, *, virtual: bool = False) -> Column:
    return Column(name, store=Store.CODED, held_in=held_in, virtual=virtual)


def _actor(name: str, held_in: str, kind: Kind = Kind.TEXT) -> Column:
    return Column(name, kind, Store.ACTOR, held_in, empty_is_null=True)


def _partition(name: str, pattern: str) -> Column:
    return Column(name, store=Store.DAY, held_in=pattern, virtual=True)


def _texts(*names: str) -> list[Column]:
    return [Column(name) for name in names]


_CREDENTIAL = Column("accessKeyId", store=Store.CODED, held_in="credential", empty_is_null=True)

_USER_IDENTITY = _struct(
    "userIdentity",
    _actor("type", "type"),
    _actor("principalId", "principal_id"),
    _actor("arn", "arn"),
    Column("accountId"),
    _CREDENTIAL,
    _actor("userName", "user_name"),
    _actor("invokedBy", "invoked_by"),
    _struct(
        "sessionContext",
        _struct(
            "attributes",
            _actor("creationDate", "session_created_ms", Kind.TIME),
            _actor("mfaAuthenticated", "mfa", Kind.BOOLEAN),
        ),
        _struct(
            "sessionIssuer",
            _actor("type", "issuer_type"),
            *_texts("principalId", "arn"),
            _actor("accountId", "issuer_account"),
            Column("userName"),
        ),
        _struct("webIdFederationData", Column("federatedProvider"), Column("attributes", Kind.MAP)),
        _actor("sourceIdentity", "source_identity"),
        *_texts("ec2RoleDelivery", "ec2IssuedInVpc", "assumedRoot"),
    ),
    _struct("onBehalfOf", *_texts("userId", "identityStoreArn")),
    _struct(
        "inScopeOf",
        *_texts(
            "issuerType", "credentialsIssuedTo", "credentialsIssuedToVersion", "sourceArn",
            "sourceAccount",
        ),
    ),
    *_texts("credentialId", "identityProvider"),
)  # fmt: skip

EVENTS: Mapping[str, Column] = _by_name(
    Column("eventTime", Kind.TIME, Store.TIME),
    Column("eventID", store=Store.EVENT_ID),
    _coded("eventName", "name"),
    _coded("eventSource", "source"),
    _coded("awsRegion", "region"),
    _coded("sourceIPAddress", "ip"),
    _coded("userAgent", "agent"),
    _coded("errorCode", "error"),
    Column("errorMessage"),
    _USER_IDENTITY,
    Column("requestParameters", Kind.MAP),
    Column("responseElements", Kind.MAP),
    Column("additionalEventData", Kind.MAP),
    Column("serviceEventDetails", Kind.MAP),
    Column("requestID"),
    _coded("eventType", "type"),
    _coded("eventCategory", "category"),
    _coded("recipientAccountId", "account"),
    Column("readOnly", Kind.BOOLEAN, Store.FLAGS, "1,2"),
    Column("managementEvent", Kind.BOOLEAN, Store.FLAGS, "4,8"),
    Column(
        "resources", Kind.ARRAY, children=_by_name(*_texts("accountId", "type", "ARN", "ARNPrefix"))
    ),
    *_texts(
        "eventVersion", "apiVersion", "sharedEventID", "vpcEndpointId", "vpcEndpointAccountId",
        "sessionCredentialFromConsole", "annotation",
    ),
    _struct(
        "tlsDetails",
        Column("tlsVersion", store=Store.TLS),
        *_texts("cipherSuite", "clientProvidedHostHeader", "keyExchange"),
    ),
    _struct(
        "addendum",
        *_texts("reason", "originalRequestID", "originalEventID"),
        Column("updatedFields"),
    ),
    Column("edgeDeviceDetails", Kind.MAP),
    Column("eventContext", Kind.MAP),
    Column("insightDetails", Kind.MAP),
    Column("eventJson", Kind.JSON, virtual=True),
    _partition("timestamp", "%Y/%m/%d"),
    _partition("year", "%Y"),
    _partition("month", "%m"),
    _partition("day", "%d"),
    _coded("region", "region", virtual=True),
    _coded("principal", "principal", virtual=True),
    Column(
        "accessKeyId", store=Store.CODED, held_in="credential", empty_is_null=True, virtual=True
    ),
)  # fmt: skip
"""Top-level columns by their lower-case names."""

_DOCUMENTED_TABLES = ("events", "cloudtrail_logs", "$EDS_ID", "<event_data_store_id>")


def nearest(name: str, candidates: Iterator[str] | list[str]) -> str:
    """The candidate most like `name`, or "" where none is like it."""
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    found = get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[found[0]] if found else ""


def paths(columns: Mapping[str, Column] = EVENTS, prefix: str = "") -> Iterator[tuple[str, Column]]:
    """Every column and field with its dotted path, for `--help`, completion and suggestions."""
    for column in columns.values():
        path = f"{prefix}{column.name}"
        yield path, column
        if column.kind is Kind.STRUCT:
            yield from paths(column.children, f"{path}.")


def nearest_path(name: str) -> str:
    """The dotted path whose whole or last part is most like `name`."""
    every = [path for path, _ in paths()]
    last = name.rpartition(".")[2]
    by_last = {path.rpartition(".")[2]: path for path in reversed(every)}
    same = [path for key, path in by_last.items() if key.lower() == last.lower()]
    if same:
        return same[0]
    if whole := nearest(name, every):
        return whole
    found = nearest(last, list(by_last))
    return by_last[found] if found else ""


def known_tables() -> str:
    """How the table may be called, for messages."""
    return ", ".join(_DOCUMENTED_TABLES)
