"""What is wrong with a query, and where in its text."""

from trailtui.model.errors import InputError


class QueryError(InputError):
    """A query that can't be run: the place in its text, and what is allowed there."""

    def __init__(
        self, what: str, *, text: str = "", offset: int | None = None, cure: str = ""
    ) -> None:
        self.offset = offset
        """Position of the complaint in the text, in characters; None for the query as a whole."""
        self.line, self.column = 0, 0
        where, hint = "query", cure
        if offset is not None:
            before = text[:offset]
            self.line = before.count("\n") + 1
            self.column = offset - (before.rfind("\n") + 1) + 1
            where = f"query, line {self.line}, column {self.column}"
            hint = f"{cure}{_caret(text, self.line, self.column)}"
        super().__init__(what, where=where, cure=hint)


class QueryStopped(InputError):
    """The query was cancelled, or ran into its time limit; nothing was changed."""


def _caret(text: str, line: int, column: int) -> str:
    """The line of the query, and a caret under the place; cut so that it fits a terminal."""
    shown = text.splitlines()[line - 1] if text.splitlines()[line - 1 :] else ""
    start = max(0, column - 50)
    part = shown[start : start + 76].replace("\t", " ")
    return f"\n  {part}\n  {' ' * (column - 1 - start)}^"
