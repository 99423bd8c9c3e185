"""An event in cleaning."""

from personalize.clean.draft import Draft
from tests.clean.drafts import draft_of


def test_the_event_given_is_left_as_it_is():
    draft = draft_of({"price": 1}, declared={})
    draft.put("price", 2, note="converted:price")
    assert draft.finished().properties == {"price": 2}
    assert draft.event.properties == {"price": 1}


def test_an_event_to_which_nothing_was_done_is_itself():
    draft = draft_of({"price": 1}, declared={})
    assert draft.finished() is draft.event


def test_what_was_noted_before_is_not_noted_again():
    draft = draft_of({}, declared={})
    draft.note("mistyped:price")
    again = Draft(
        draft.finished(), policy=draft.policy, source=draft.source, policies=draft.policies
    )
    again.note("mistyped:price")
    assert again.finished().notes == ["mistyped:price"]


def test_texts_that_are_put_in_are_tidied_unless_they_may_name_a_person():
    draft = draft_of({}, declared={"kept": {"type": "text", "masked": False}})
    draft.put("mail", "jane@example.org")
    draft.put("kept", "jane@example.org")
    assert draft.properties == {"mail": "•••", "kept": "jane@example.org"}
