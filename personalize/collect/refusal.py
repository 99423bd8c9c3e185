"""The reasons for which a whole request is refused, each with its HTTP status."""


class Refused(Exception):
    """A request that is not taken. `field` names what was wrong, in the sender's words.

    `raw` holds the bytes of the event at fault, if it is one.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        field: str = "",
        wait_seconds: int = 0,
        raw: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
        self.wait_seconds = wait_seconds
        self.raw = raw
