"""The profile: everything the next page needs to know about one subject."""

from typing import TYPE_CHECKING, Any

import msgspec

from personalize.clean.pace import Pace

if TYPE_CHECKING:
    State = msgspec.Raw | dict[int, Any]
else:
    State = msgspec.Raw  # what decoding makes of it


class Session(msgspec.Struct):
    """Events with no gap longer than `SESSION_GAP_SECONDS`. Times are milliseconds."""

    started_at: int
    last_at: int
    views: int = 0
    entry_path: str = ""
    entry_at: int = 0


class Profile(msgspec.Struct, omit_defaults=True):
    """One subject's hot state.

    `computed` holds, for each computed trait's key, the state of its aggregate: still encoded, so
    that a page decodes only what its rules use, or as folding has left it. `trait_times` has the
    time of the event that each identified trait is from: the latest event wins, not the latest to
    arrive. `sessions` holds the latest two, newest last. `segments` maps the slug of each segment
    to the time it was entered; `assigned` lists the segments given from outside (static lists,
    clusters). Until `due_at` time alone changes no segment (0: it never does). `context` is that of
    the visit at `context_at`; `placed_at_version` is the configuration by which `segments` were
    found. `pace` is what tells a program from a person, `known` what stands in for values that
    later events lack (`clean.pace`, `clean.missing`). Times are milliseconds since the epoch.
    """

    subject: str
    anonymous_id: str = ""
    user_id: str = ""
    first_seen_at: int = 0
    last_seen_at: int = 0
    events: int = 0
    session_count: int = 0
    sessions: list[Session] = []
    traits: dict[str, Any] = {}
    trait_times: dict[str, int] = {}
    computed: dict[str, State] = {}
    segments: dict[str, int] = {}
    assigned: list[str] = []
    experiments: dict[str, str] = {}
    predictions: dict[str, float] = {}
    context: dict[str, Any] = {}
    is_bot: bool = False
    merged_into: str = ""
    due_at: int = 0
    context_at: int = 0
    placed_at_version: int = 0
    pace: Pace | None = None
    known: dict[str, Any] = {}


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Profile).decode


def empty_profile(subject: str) -> Profile:
    """Return the profile of a subject of whom nothing is known."""
    kind, _, identifier = subject.partition(":")
    if kind == "u":
        return Profile(subject, user_id=identifier)
    return Profile(subject, anonymous_id=identifier)
