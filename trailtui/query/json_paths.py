"""The paths of json_extract and json_extract_scalar: `$`, `.key`, `['key']`, `[0]`."""

from sqlglot import exp

from trailtui.query.context import Context
from trailtui.query.records import Path, Step


def read_json_path(context: Context, node: exp.Expr) -> Path:
    """The steps of a constant JSON path; wildcards and filters are refused."""
    if not isinstance(node, exp.JSONPath):
        raise context.error(
            "the path must be a constant such as '$.a.b'", node, "Write it as a literal."
        )
    steps: list[Step] = []
    for part in node.expressions:
        if isinstance(part, exp.JSONPathRoot):
            continue
        if isinstance(part, exp.JSONPathKey) and isinstance(part.this, str):
            steps.append(("key", part.this))
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, int):
            steps.append(("at", part.this))
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, str):
            steps.append(("key", part.this))
        else:
            raise context.unsupported(part, "this kind of JSON path")
    return tuple(steps)
