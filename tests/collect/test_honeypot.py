"""What the endpoint makes of who followed the link."""

from personalize.clean.pace import HONEYPOT
from personalize.collect.honeypot import EVENT, read_honeypot


def test_cleaning_knows_the_event_by_its_name():
    assert EVENT == HONEYPOT


def test_a_program_without_a_cookie_tells_nothing(rf):
    assert read_honeypot(rf.get("/personalize/more/"), now=1) == []
