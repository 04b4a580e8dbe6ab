"""What botocore raises when a call fails, on the way or at AWS."""


def failures() -> tuple[type[Exception], ...]:
    """The exceptions that `errors.from_exception` turns into one of ours."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    return (BotoCoreError, ClientError, ResponseParserError, OSError)
