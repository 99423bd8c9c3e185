"""Message ids seen within a day, a subject's own: a duplicate has no effect.

Two generations of eight-byte hashes, by the day in which the event was received. An id is
remembered for at least a day, unless the subject sends more than 2,048 events in it.
"""

from hashlib import blake2b

import msgspec

from personalize.rules.windows import DAY

HASH_BYTES = 8
MOST_IDS = 2_048
_MOST_BYTES = HASH_BYTES * MOST_IDS


class Seen(msgspec.Struct, array_like=True):
    """The hashes of `day` (whole days since the epoch) and of the day before."""

    day: int = 0
    today: bytes = b""
    yesterday: bytes = b""

    def is_new(self, message_id: str, *, received_at: int) -> bool:
        """Remember an id; False when it was known."""
        if received_at >= (self.day + 1) * DAY:
            self._turn(received_at // DAY)
        digest = blake2b(message_id.encode(), digest_size=HASH_BYTES).digest()
        if _holds(self.today, digest) or _holds(self.yesterday, digest):
            return False
        self.today = (self.today + digest)[-_MOST_BYTES:]
        return True

    def forget(self, message_id: str) -> None:
        """Take an id for new again: its event had no effect."""
        digest = blake2b(message_id.encode(), digest_size=HASH_BYTES).digest()
        self.today = _without(self.today, digest)
        self.yesterday = _without(self.yesterday, digest)

    def add_all(self, other: "Seen") -> None:
        """Remember what another subject's profile had seen when it was handed over."""
        self._turn(other.day)
        self.today = (other.today + self.today)[-_MOST_BYTES:]
        self.yesterday = (other.yesterday + self.yesterday)[-_MOST_BYTES:]

    def _turn(self, day: int) -> None:
        if day <= self.day:
            return
        self.yesterday = self.today if day == self.day + 1 else b""
        self.day, self.today = day, b""


def _holds(hashes: bytes, digest: bytes) -> bool:
    """Look for a hash at a multiple of eight: in C, a set would have to be built each time."""
    if digest not in hashes:
        return False
    at = hashes.find(digest)
    while at % HASH_BYTES and at >= 0:
        at = hashes.find(digest, at + 1)
    return at >= 0


def _without(hashes: bytes, digest: bytes) -> bytes:
    whole = (hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES))
    return b"".join(each for each in whole if each != digest)


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Seen).decode
