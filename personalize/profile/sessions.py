"""Sessions: events with no gap longer than allowed, also when events come late and bridge two.

The latest two sessions are kept. So an event that comes after two newer sessions have begun is
counted everywhere but in a session.
"""

from collections.abc import Iterable

from personalize.profile.profile import Session

KEPT = 2


def place(sessions: list[Session], at: int, *, gap: int) -> tuple[Session | None, int]:
    """Put an event into the sessions (oldest first, changed in place).

    Returns the event's session, None when it is older than those kept, and by how much the number
    of sessions grew: 1 for a new one, -1 when the event joined two.
    """
    if sessions and sessions[-1].last_at <= at <= sessions[-1].last_at + gap:
        sessions[-1].last_at = at  # as nearly always: the newest goes on
        return sessions[-1], 0
    for index in range(len(sessions) - 1, -1, -1):
        session = sessions[index]
        if at > session.last_at + gap:
            return _begin(sessions, index + 1, at), 1
        if at >= session.started_at - gap:
            session.started_at = min(session.started_at, at)
            session.last_at = max(session.last_at, at)
            return _bridged(sessions, index, gap)
    if len(sessions) >= KEPT:
        return None, 0
    return _begin(sessions, 0, at), 1


def view(session: Session, *, at: int, path: str) -> None:
    """Count a page view; the earliest one's path is the session's entry."""
    session.views += 1
    _enter(session, path, at)


def current(sessions: list[Session], *, now: int, gap: int) -> Session | None:
    """Return the session that goes on at `now`, if one does."""
    if sessions and now - sessions[-1].last_at <= gap:
        return sessions[-1]
    return None


def joined(
    one: Iterable[Session], other: Iterable[Session], *, gap: int
) -> tuple[list[Session], int]:
    """Return the sessions of two profiles as one person's, and how many of them were the same."""
    ordered = sorted([*map(_copy, one), *map(_copy, other)], key=lambda session: session.started_at)
    sessions: list[Session] = []
    for session in ordered:
        if sessions and session.started_at - sessions[-1].last_at <= gap:
            _absorb(sessions[-1], session)
        else:
            sessions.append(session)
    return sessions[-KEPT:], len(ordered) - len(sessions)


def start_of(sessions: list[Session], at: int) -> int | None:
    """Return the start of the kept session that holds a time."""
    for session in reversed(sessions):
        if session.started_at <= at <= session.last_at:
            return session.started_at
    return None


def _begin(sessions: list[Session], index: int, at: int) -> Session | None:
    session = Session(started_at=at, last_at=at)
    sessions.insert(index, session)
    if len(sessions) > KEPT:
        del sessions[0]
    return session


def _bridged(sessions: list[Session], index: int, gap: int) -> tuple[Session, int]:
    session = sessions[index]
    for older, newer in ((index - 1, index), (index, index + 1)):
        if older < 0 or newer >= len(sessions):
            continue
        if sessions[newer].started_at - sessions[older].last_at <= gap:
            _absorb(sessions[older], sessions[newer])
            session = sessions[older]
            del sessions[newer]
            return session, -1
    return session, 0


def _absorb(session: Session, other: Session) -> None:
    session.started_at = min(session.started_at, other.started_at)
    session.last_at = max(session.last_at, other.last_at)
    session.views += other.views
    if other.entry_at:
        _enter(session, other.entry_path, other.entry_at)


def _enter(session: Session, path: str, at: int) -> None:
    if not session.entry_at or (at, path) < (session.entry_at, session.entry_path):
        session.entry_path, session.entry_at = path, at


def _copy(session: Session) -> Session:
    return Session(*(getattr(session, name) for name in Session.__struct_fields__))
