"""The timeline: events in brief."""

from personalize.profile.timeline import MOST_PROPERTIES, MOST_TEXT, decode, encode, moment_of
from tests.profile.naive import event


def test_a_moment_has_the_plain_properties_cut_to_a_readable_length() -> None:
    moment = moment_of(event(7, note="x" * 500, price=3, items=[1, 2]))
    assert (moment.at, moment.event) == (7, "Viewed")
    assert moment.properties == {"note": "x" * MOST_TEXT, "price": 3}
    assert decode(encode(moment)) == moment


def test_a_moment_has_the_first_few_properties() -> None:
    many = {f"p{number}": number for number in range(30)}
    assert len(moment_of(event(7, **many)).properties) == MOST_PROPERTIES
