"""Log-in and log-out: the visitor becomes the user, and the next person starts anew."""

import pytest
from django.test import Client
from django.urls import reverse

from personalize.collect.identity import random_identity, read
from personalize.drain import drain
from personalize.models import ConsentRecord, Erasure
from personalize.privacy.erase import erase
from personalize.profile.store import read_profile
from personalize.stream.protocol import current_stream
from tests.views.test_collect import stored

pytestmark = pytest.mark.django_db
LOGIN = reverse("admin:login", urlconf="cms_project.urls")


@pytest.fixture
def editor(django_user_model):
    return django_user_model.objects.create_superuser("editor", password="secret-7")


def log_in(client: Client) -> None:
    client.post(LOGIN, {"username": "editor", "password": "secret-7"})


def agreed() -> Client:
    client = Client()
    client.cookies["px_consent"] = "1.analytics"
    return client


def test_a_log_in_links_the_visitor_to_the_user(editor):
    visitor, identity = agreed(), random_identity()
    visitor.cookies["px"] = identity.cookie
    log_in(visitor)
    linked = read(visitor.cookies["px"].value)
    assert linked
    assert (linked.anonymous_id, linked.user_id) == (identity.anonymous_id, str(editor.pk))
    assert linked.issued_at == identity.issued_at
    (link,) = stored()
    assert link.subject == f"a:{identity.anonymous_id}"
    assert link.properties == {"user_id": str(editor.pk), "proof": "login"}


def test_without_consent_a_log_in_links_nothing(editor):
    visitor = Client()
    visitor.cookies["px"] = random_identity().cookie
    log_in(visitor)
    assert stored() == []


@pytest.mark.parametrize("is_known", [True, False])
def test_consent_after_the_log_in_makes_the_visitor_the_user(editor, is_known):
    visitor, identity = Client(), random_identity()
    if is_known:
        visitor.cookies["px"] = identity.cookie
    log_in(visitor)
    choice = {"purposes": {"analytics": True}}
    visitor.put("/personalize/v1/consent", choice, content_type="application/json")
    linked = read(visitor.cookies["px"].value)
    assert linked
    assert linked.user_id == str(editor.pk)
    assert ConsentRecord.objects.get().anonymous_id == linked.anonymous_id
    links = [(event.type, event.anonymous_id) for event in stored()]
    assert links == ([("link", identity.anonymous_id)] if is_known else [])


def test_another_user_of_the_browser_inherits_nothing(editor):
    visitor, identity = agreed(), random_identity(user_id="stranger")
    visitor.cookies["px"] = identity.cookie
    log_in(visitor)
    anew = read(visitor.cookies["px"].value)
    assert anew
    assert anew.anonymous_id != identity.anonymous_id
    assert anew.user_id == str(editor.pk)
    assert stored() == []


def test_a_log_in_succeeds_with_the_stream_down(editor, settings):
    from tests.servers import free_port

    nobody = f"redis://127.0.0.1:{free_port()}/0"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": nobody}
    visitor, identity = agreed(), random_identity()
    visitor.cookies["px"] = identity.cookie
    log_in(visitor)
    assert "_auth_user_id" in visitor.session
    kept = read(visitor.cookies["px"].value)
    assert kept == identity


def test_a_log_out_drops_the_identity(editor):
    visitor = agreed()
    log_in(visitor)
    assert visitor.cookies["px"].value
    visitor.post(reverse("admin:logout"))
    assert visitor.cookies["px"].value == ""


def test_a_user_who_logs_in_again_after_an_erasure_and_agrees_is_known_again(editor):
    """Row M12: the tombstone refuses what came in before, not the person for ever."""
    user = f"u:{editor.pk}"
    erase([user])
    visitor = agreed()
    visitor.cookies["px"] = random_identity().cookie
    log_in(visitor)
    for partition in 2 * list(range(current_stream().partitions)):  # the link, then the hand-over
        drain(partition)
    assert read_profile(user)
    assert Erasure.objects.get().lifted_at


def test_a_log_in_without_consent_leaves_the_tombstone(editor):
    erase([f"u:{editor.pk}"])
    log_in(Client())
    assert Erasure.objects.get().lifted_at is None
