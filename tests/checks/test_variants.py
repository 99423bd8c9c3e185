"""The check of templates that variants show."""

import pytest
from django.core.checks import run_checks

from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db


def found(databases: list[str] | None) -> list[str]:
    messages = run_checks(tags=["database"], databases=databases)
    return [message.msg for message in messages if message.id == "personalize.E017"]


def test_a_live_variant_whose_template_is_gone_is_named():
    VariantFactory(
        slot__key="hero", name="Gone", kind="template", template="gone.html", is_live=True
    )
    VariantFactory(kind="template", template="greeting.html", is_live=False)

    messages = found(["default"])
    assert len(messages) == 1
    assert "hero: Gone" in messages[0]
    assert "gone.html" in messages[0]


def test_a_template_that_leads_out_of_the_folder_is_named():
    VariantFactory(kind="template", template="../../secret.html", is_live=True)

    assert len(found(["default"])) == 1


def test_no_database_is_asked_unless_it_is_named(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert found(None) == []
