"""How checks are registered."""

from tests.checks.site import conf, ids, messages


def test_of_invalid_settings_only_their_type_is_told():
    found = messages(deploy=True, **conf(PARTITIONS="8", COOKIE_MAX_AGE_DAYS=730))
    assert ids(found) == ["E001"]
