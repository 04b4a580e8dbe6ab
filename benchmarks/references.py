"""What collecting is held against, each a program of its own:

    python -m benchmarks.references unzip|duckdb-list|duckdb-arrows DIR [DATABASE]

`unzip` only unpacks every file (zlib, one process). The DuckDB programs load the records into a
table of 20 columns and the raw text, from JSON elements, on two threads: `arrows` is the way one
writes it (`record ->> '$.eventName'` for each column), `list` asks for all 20 paths in one call.
Both read with `maximum_depth=2`. That is DuckDB at its best here: with `columns={Records: JSON[]}`
it takes three times as long, and from the inferred schema the records can't be written back as
text: that ran out of memory at 18.8 GiB.
"""

import sys
import zlib
from pathlib import Path

FIELDS = (
    "eventVersion", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress",
    "userAgent", "errorCode", "errorMessage", "requestID", "eventID", "eventType", "readOnly",
    "recipientAccountId", "eventCategory", "userIdentity.type", "userIdentity.principalId",
    "userIdentity.arn", "userIdentity.accessKeyId", "userIdentity.userName",
)  # fmt: skip

JQ_SELECT = (
    '.Records[] | select(.errorCode == "AccessDenied") | [.eventTime, .eventName, .eventSource, '
    ".awsRegion, .sourceIPAddress, .userIdentity.arn, .errorCode] | @tsv"
)
"""One question, as it would be asked of the files."""


def unzip(folder: Path) -> int:
    """Unpack every file; gives the bytes that came out."""
    return sum(len(zlib.decompress(path.read_bytes(), 31)) for path in folder.rglob("*.json.gz"))


def load_into_duckdb(folder: Path, database: Path, *, as_list: bool) -> int:
    """Load every record into a table on disk; gives the number of rows."""
    import duckdb

    source = (
        f"SELECT unnest(Records) AS r FROM read_json('{folder}/**/*.json.gz', "
        "maximum_depth = 2, maximum_object_size = 100000000)"
    )
    paths = [f"$.{name}" for name in FIELDS]
    names = [name.replace(".", "_") for name in FIELDS]
    if as_list:
        columns = ", ".join(f"v[{n}] AS {name}" for n, name in enumerate(names, 1))
        query = (
            f"SELECT {columns}, raw FROM "
            f"(SELECT json_extract_string(r, {paths}) AS v, r::VARCHAR AS raw FROM ({source}))"
        )
    else:
        columns = ", ".join(
            f"r ->> '{path}' AS {name}" for path, name in zip(paths, names, strict=True)
        )
        query = f"SELECT {columns}, r::VARCHAR AS raw FROM ({source})"
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database), config={"threads": 2}) as connection:
        connection.execute(f"CREATE TABLE events AS {query}")
        counted = connection.execute("SELECT count(*) FROM events").fetchone()
        connection.execute("CHECKPOINT")
    return counted[0] if counted else 0


def main() -> None:
    """The command line; prints the count, for the caller to check."""
    which, folder = sys.argv[1], Path(sys.argv[2])
    if which == "unzip":
        print(unzip(folder))
    else:
        print(load_into_duckdb(folder, Path(sys.argv[3]), as_list=which == "duckdb-list"))


if __name__ == "__main__":
    main()
