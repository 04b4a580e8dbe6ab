"""Where a text stands in a content."""


def places_of(text: bytes, content: bytes, most: int = 1 << 62) -> list[int]:
    """The offsets at which a text begins, in their order; no more than `most`."""
    found: list[int] = []
    at = content.find(text)
    while at >= 0 and len(found) < most:
        found.append(at)
        at = content.find(text, at + 1)
    return found
