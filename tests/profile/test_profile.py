"""What a profile is before anything is known."""

from personalize.profile.profile import decode, empty_profile, encode


def test_of_nobody_only_the_id_is_known():
    visitor, user = empty_profile("a:visitor"), empty_profile("u:7:x")
    assert (visitor.anonymous_id, visitor.user_id, visitor.events) == ("visitor", "", 0)
    assert (user.anonymous_id, user.user_id) == ("", "7:x")
    assert decode(encode(user)) == user
