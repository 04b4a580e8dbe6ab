"""Words that go with numbers."""


def numbered(number: int, what: str, plural: str = "s") -> str:
    """`1 hour`, `2 hours`."""
    return f"{number:,} {what}{'' if number == 1 else plural}"
