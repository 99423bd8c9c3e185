"""Sources: keys that cannot be read again, and names that mean something else."""

import pytest
from django.core.exceptions import ValidationError

from personalize.models.source import RESERVED, Source, hash_key


def test_a_source_keeps_only_the_hash_of_its_key() -> None:
    source = Source(name="crm")
    write_key = source.renew_key()
    assert source.key_hash == hash_key(write_key)
    assert write_key not in (source.key_hash, source.key_hint)


@pytest.mark.django_db
@pytest.mark.parametrize("name", RESERVED)
def test_a_name_that_marks_other_origins_is_refused(name: str) -> None:
    source = Source(name=name)
    source.renew_key()
    with pytest.raises(ValidationError, match="other origin"):
        source.full_clean()
