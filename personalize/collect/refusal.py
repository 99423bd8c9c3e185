"""The reasons for which a whole request is refused, each with its HTTP status."""


class Refused(Exception):
    """A request that is not taken. `field` names what was wrong, in the sender's words."""

    def __init__(
        self, status: int, message: str, *, field: str = "", wait_seconds: int = 0
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
        self.wait_seconds = wait_seconds
