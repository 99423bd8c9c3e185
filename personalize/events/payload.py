"""Check what an event carries freely: its depth, its size in properties, its texts and numbers."""

from typing import Any, NamedTuple

MAX_INTEGER = (
    2**53
)  # beyond it a browser's number is no longer exact, and beyond 2**64 none travels


class Limits(NamedTuple):
    """How much an event may hold; of the levels of `depth`, the event itself is the first."""

    depth: int = 8
    properties: int = 255


class RefusedPayload(ValueError):
    """Something inside of an event cannot be kept; `path` leads to it."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message

    def within(self, parent: str) -> "RefusedPayload":
        """Return the same refusal as seen from one level further out."""
        joint = "" if not self.path or self.path.startswith("[") else "."
        return RefusedPayload(f"{parent}{joint}{self.path}", self.message)


def check_payload(payload: dict[str, Any], *, limits: Limits) -> None:
    """Refuse what no store can keep; integers beyond 2**53 become text, in place.

    Raises:
        RefusedPayload: names the property and what was expected.
    """
    count = _check_object(payload, limits.depth - 1)
    if count > limits.properties:
        raise RefusedPayload("", f"expected at most {limits.properties} properties, got {count}")


def _check_object(value: dict[str, Any], levels: int) -> int:
    """Return how many properties there are; `levels` is how many of nesting are left."""
    if levels < 1:
        raise RefusedPayload("", "expected fewer levels of nesting")
    count = len(value)
    for key, item in value.items():
        if "\x00" in key:
            raise RefusedPayload("", "expected names without NUL characters")
        kind = type(item)
        if kind is float or (kind is str and "\x00" not in item):
            continue  # as most are: the question costs less than a call
        try:
            count += _check_item(value, key, item, levels)
        except RefusedPayload as error:
            raise error.within(key) from None
    return count


def _check_list(value: list[Any], levels: int) -> int:
    if levels < 1:
        raise RefusedPayload("", "expected fewer levels of nesting")
    count = 0
    for index, item in enumerate(value):
        try:
            count += _check_item(value, index, item, levels)
        except RefusedPayload as error:
            raise error.within(f"[{index}]") from None
    return count


def _check_item(parent: Any, key: str | int, item: Any, levels: int) -> int:
    kind = type(item)
    if kind is str:
        if "\x00" in item:
            raise RefusedPayload("", "expected text without NUL characters")
    elif kind is dict:
        return _check_object(item, levels - 1)
    elif kind is list:
        return _check_list(item, levels - 1)
    elif kind is int and not -MAX_INTEGER <= item <= MAX_INTEGER:
        parent[key] = str(item)
    return 0
