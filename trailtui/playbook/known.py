"""The names a playbook may use that live in other rooms: queries and actions."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """For each query and action the names of its parameters, and whether each must be given."""

    queries: Mapping[str, Mapping[str, bool]]
    actions: Mapping[str, Mapping[str, bool]]


@functools.cache
def known_names() -> Known:
    """What this installation has."""
    from trailtui.query.library import load_queries
    from trailtui.respond.registry import actions

    return Known(
        queries={
            name: {
                parameter.name: parameter.default is None and parameter.required
                for parameter in query.parameters
            }
            for name, query in load_queries().items()
        },
        actions={
            # what an action needs beside its target it finds out by itself, or has a default for
            name: {parameter.name: False for parameter in action.parameters}
            for name, action in actions().items()
        },
    )
