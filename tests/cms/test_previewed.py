"""Which variant the page's editor marks."""

import uuid

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import RequestFactory
from pytest_django import Settings

from personalize.cms.models import PageVariant
from personalize.cms.previewed import shown_in
from personalize.render.preview import COOKIE, Persona, Preview
from tests.cms.pages import add_city_slot, content_of, new_page, placeholder_of

pytestmark = pytest.mark.django_db


def test_the_variant_for_the_persona_is_named(
    plain: Settings, editor: AbstractUser, rf: RequestFactory
) -> None:
    slot = add_city_slot(placeholder_of(content_of(new_page(editor))))
    rome = PageVariant.objects.get(name="Rome")

    def shown(persona: Persona | None) -> str | None:
        request = rf.get("/")
        request.COOKIES[COOKIE] = Preview(str(editor.pk), persona).signed()
        return shown_in(slot, request=request)

    assert shown(Persona(traits={"city": "Rome"})) == str(rome.uuid)
    assert shown(Persona()) == ""
    assert shown(None) is None
    rome.audience = {"field": "broken"}
    rome.uuid = uuid.uuid4()
    rome.save()
    assert shown(Persona(traits={"city": "Rome"})) == ""
