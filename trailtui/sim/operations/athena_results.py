"""What a query of Athena gave: in the answer of GetQueryResults, and as files in S3.

Source: Athena User Guide, "Work with query results and recent queries": a CSV file with every value
in quotes, and a metadata file beside it (a binary one that is not documented).
"""

from __future__ import annotations

import csv
import io
import json
from typing import cast

from trailtui.sim import moto_trails
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.engines.duck import Answer
from trailtui.sim.engines.queries import Query
from trailtui.sim.moto_trails import StoredObject
from trailtui.sim.operations.athena_rights import bucket_and_key
from trailtui.sim.world import World

_SIZES = {"varchar": 2147483647, "bigint": 19, "integer": 10, "double": 17, "timestamp": 3}


def column_info(answer: Answer) -> list[dict[str, Dynamic]]:
    """The columns of an answer, as ResultSetMetadata has them."""
    return [
        {
            "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name,
            "Type": kind, "Precision": _SIZES.get(kind, 0), "Scale": 0, "Nullable": "UNKNOWN",
            "CaseSensitive": kind in ("varchar", "string"),
        }
        for name, kind in answer.columns
    ]  # fmt: skip


def _as_csv(answer: Answer) -> str:
    """Every value in quotes, a NULL as nothing at all."""
    text = io.StringIO()
    names = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    names.writerow([name for name, _ in answer.columns])
    for row in answer.rows:
        cells = ("" if v is None else '"' + v.replace('"', '""') + '"' for v in row)
        text.write(",".join(cells) + "\n")
    return text.getvalue()


def written(world: World, query: Query) -> None:
    """Write the files of a query that has succeeded, once. They carry no call and no record."""
    if query.asked.get("written"):
        return
    query.asked["written"] = True
    answer = cast("Answer", query.result)
    bucket, key = bucket_and_key(str(query.asked["result"]))
    is_table = query.asked["kind"] == "DML"
    body = _as_csv(answer) if is_table else "".join(f"{row[0]}\n" for row in answer.rows)
    files = {key: body}
    if is_table:
        files[f"{key}.metadata"] = json.dumps(column_info(answer))
    for name, text in files.items():
        stored = StoredObject(bucket, name, text.encode(), world.clock.now(), {})
        moto_trails.put_object(stored)
