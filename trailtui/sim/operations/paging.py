"""Pages of a list, with tokens that belong to the request they came from."""

from __future__ import annotations

import base64
import json

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall


def page(
    call: ApiCall,
    found: list[Dynamic],
    size: int,
    wrong_token: str,
    token: str = "NextToken",  # noqa: S107 - a parameter's name
) -> tuple[list[Dynamic], str | None]:
    """The page that a call asks for with its NextToken, and the token of the next one.

    Args:
        call: whose other parameters the token is bound to.
        found: all there is.
        size: entries of a page.
        wrong_token: the error's code for a token of another request.
        token: the parameter's name.
    """
    asked = {k: v for k, v in call.params.items() if k != token}
    bound = json.dumps([call.service, call.operation, call.region, asked], default=str)
    start = 0
    given = call.params.get(token)
    if given:
        try:
            told = json.loads(base64.b64decode(str(given)))
            start, whose = int(told[0]), told[1]
        except (ValueError, TypeError, IndexError):
            whose = None
        if whose != bound:
            raise ServiceError(wrong_token, "The token is not valid for this request.")
    rest = start + size
    more = base64.b64encode(json.dumps([rest, bound]).encode()).decode()
    return found[start:rest], more if rest < len(found) else None
