"""The errors a user meets: what went wrong, where, and what to do about it.

Exit codes are those of the command line: 1 done but bad news, 2 wrong usage, 3 bad input,
4 AWS refused, 5 case busy or damaged.
"""


class TrailtuiError(Exception):
    """Base of every error that is meant for the user; prints as one sentence and its cure."""

    exit_code = 3

    def __init__(self, what: str, *, where: str = "", cure: str = "") -> None:
        super().__init__(what)
        self.what = what
        """What went wrong, as a sentence without its final stop."""
        self.where = where
        """The file, line, resource or call it happened at; empty where there is none."""
        self.cure = cure
        """What the user can do about it, as a sentence; empty where nothing helps."""

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.what}" if self.where else self.what
        sentence = sentence.rstrip(".") + "."
        gap = "" if self.cure.startswith("\n") else " "
        return f"{sentence}{gap}{self.cure}".rstrip()


class UsageError(TrailtuiError):
    """The words of a command make no sense together."""

    exit_code = 2


class InputError(TrailtuiError):
    """A file, a value or a document that was given can't be used."""

    exit_code = 3


class AwsError(TrailtuiError):
    """AWS refused, or could not be reached."""

    exit_code = 4


class CaseError(TrailtuiError):
    """The case file is busy, damaged, or of a version this program does not know."""

    exit_code = 5
