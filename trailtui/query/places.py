"""Where a text stands in a content."""


def places_of(text: bytes, content: bytes) -> list[int]:
    """The offsets at which a text begins, in their order."""
    found: list[int] = []
    at = content.find(text)
    while at >= 0:
        found.append(at)
        at = content.find(text, at + 1)
    return found
