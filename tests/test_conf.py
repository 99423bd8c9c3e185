"""The settings: typed, with defaults, and errors that name the key."""

import pytest

from personalize.conf import InvalidSettings, did_you_mean, unknown_keys
from personalize.conf import settings as current


def test_settings_fill_in_what_is_not_given(settings):
    settings.PERSONALIZE = {"PARTITIONS": 3}
    assert (current().PARTITIONS, current().TIMELINE_EVENTS) == (3, 30)


@pytest.mark.parametrize(("key", "value"), [("PARTITIONS", "8"), ("CONSENT_REQUIRED", "analytics")])
def test_a_wrong_type_is_refused_with_the_name_of_its_key(settings, key, value):
    settings.PERSONALIZE = {key: value}
    with pytest.raises(InvalidSettings, match=key):
        current()


def test_an_unknown_key_is_found_with_its_nearest_neighbour():
    assert unknown_keys({"PARTITIONS": 8, "PARTITION": 8}) == ["PARTITION"]
    assert did_you_mean("PARTITION") == " Did you mean 'PARTITIONS'?"


def test_a_key_that_is_like_no_other_gets_no_guess():
    assert did_you_mean("ZZZ") == ""
