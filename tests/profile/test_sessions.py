"""Sessions: events without a gap, joined when a late one closes it."""

from personalize.profile.profile import Session
from personalize.profile.sessions import current, joined, place, start_of, view

GAP = 30


def spans(sessions: list[Session]) -> list[tuple[int, int]]:
    return [(session.started_at, session.last_at) for session in sessions]


def test_events_without_a_gap_are_one_session() -> None:
    sessions: list[Session] = []
    assert [place(sessions, at, gap=GAP)[1] for at in (100, 130, 110)] == [1, 0, 0]
    assert spans(sessions) == [(100, 130)]


def test_a_late_event_joins_two_sessions_and_their_views() -> None:
    sessions: list[Session] = []
    for at, path in ((100, "/first/"), (150, "/second/")):
        session, _ = place(sessions, at, gap=GAP)
        assert session
        view(session, at=at, path=path)
    _, more = place(sessions, 125, gap=GAP)
    assert more == -1
    assert spans(sessions) == [(100, 150)]
    assert (sessions[0].views, sessions[0].entry_path) == (2, "/first/")


def test_an_event_older_than_the_kept_sessions_belongs_to_none() -> None:
    sessions: list[Session] = []
    for at in (1_000, 2_000, 3_000):
        place(sessions, at, gap=GAP)
    assert place(sessions, 1_000, gap=GAP) == (None, 0)
    assert spans(sessions) == [(2_000, 2_000), (3_000, 3_000)]


def test_a_session_goes_on_until_the_gap_has_passed() -> None:
    sessions = [Session(started_at=100, last_at=120)]
    assert current(sessions, now=150, gap=GAP) is sessions[0]
    assert current(sessions, now=151, gap=GAP) is None


def test_two_profiles_sessions_at_the_same_time_are_one() -> None:
    one, other = [Session(100, 120, views=1)], [Session(10, 20), Session(140, 160, views=2)]
    sessions, same = joined(one, other, gap=GAP)
    assert spans(sessions) == [(10, 20), (100, 160)]
    assert (sessions[1].views, same) == (3, 1)


def test_a_time_between_sessions_has_no_start() -> None:
    assert start_of([Session(100, 120)], 99) is None
    assert start_of([Session(100, 120)], 110) == 100
