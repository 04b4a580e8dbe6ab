"""The type of values that are only known at run time."""

from typing import Any

Dynamic = Any
"""A value whose type a service's model, moto or botocore decides while the program runs."""

Parameters = dict[str, Dynamic]
"""Members of a request or response, by the names of the service's model."""
