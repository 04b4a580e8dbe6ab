"""What a value can be wrong about while a query runs."""


class ValueComplaint(ValueError):
    """A value that Trino would fail the query for, such as a text cast to a number."""
