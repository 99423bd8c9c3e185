"""The sources' screen."""

import re

from django.urls import reverse

from personalize.models import Source
from personalize.models.source import hash_key


def shown_key(answer):
    return re.search(r'id="px-write-key"[^>]*>([^<]+)<', answer.content.decode())[1]


def test_the_key_is_shown_once_and_kept_as_a_hash_S29(owner):
    answer = owner.post(reverse("admin:personalize_source_add"), {"name": "crm", "is_active": "on"})

    source = Source.objects.get()
    key = shown_key(answer)
    assert source.key_hash == hash_key(key)
    assert "no-store" in answer["Cache-Control"]
    page = owner.get(reverse("admin:personalize_source_change", args=[source.pk])).content.decode()
    assert key not in page
    assert source.key_hash not in page


def test_replacing_the_key_makes_the_old_one_useless(owner):
    first = shown_key(owner.post(reverse("admin:personalize_source_add"), {"name": "crm"}))
    source = Source.objects.get()

    answer = owner.post(reverse("admin:personalize_source_press", args=[source.pk, "renew"]))

    source.refresh_from_db()
    assert shown_key(answer) != first
    assert source.key_hash == hash_key(shown_key(answer))
