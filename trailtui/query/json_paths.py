"""The paths of json_extract, json_extract_scalar and json_size, as Trino's tokenizer reads them.

`$`, then `.key`, `["key"]`, `[0]`. A key without quotes has letters, digits, `_`, `-`, and after a
dot also `:`. A number is a position in a list, or the key of that name in an object.
"""

import re

from sqlglot import exp

from trailtui.query.context import Context
from trailtui.query.records import Path, Step

_STEP = re.compile(r'\.(?P<key>[\w:-]+)|\["(?P<quoted>(?:[^"\\]|\\.)*)"\]|\[(?P<bare>[\w-]+)\]')
_WRONG = "A path is written as '$.key[0]', keys with other signs as '$[\"a.b\"]'."


def read_json_path(context: Context, node: exp.Expr) -> Path:
    """The steps of a constant JSON path; wildcards and filters are refused."""
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise context.error("the path must be a constant such as '$.a.b'", node, _WRONG)
    text = str(node.this)
    if not text.startswith("$"):
        raise context.error(f"the JSON path {text!r} does not begin with $", node, _WRONG)
    steps: list[Step] = []
    at = 1
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise context.error(f"the JSON path {text!r} is not supported", node, _WRONG)
        if found["quoted"] is not None:
            steps.append(("key", re.sub(r"\\(.)", r"\1", found["quoted"])))
        else:
            word = found["key"] or found["bare"]
            steps.append(("at", int(word)) if word.isdecimal() else ("key", word))
        at = found.end()
    return tuple(steps)
