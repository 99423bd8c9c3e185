"""The pixel: the same image whatever happens."""

import pytest

from personalize.collect.pixel import GIF
from tests.views.test_collect import stored, visitor  # noqa: F401

pytestmark = pytest.mark.django_db
PIXEL = "/personalize/pixel.gif"


def test_the_query_describes_the_event(visitor):  # noqa: F811
    response = visitor.get(PIXEL, {"event": "Newsletter Opened", "p.issue": "7", "other": "x"})
    (event,) = stored()
    assert (event.type, event.event, event.properties) == (
        "track", "Newsletter Opened", {"issue": "7"},
    )  # fmt: skip
    assert response.cookies["px"].value


def test_without_a_name_it_is_a_view_of_the_page_around_it(visitor):  # noqa: F811
    visitor.get(PIXEL, headers={"referer": "http://testserver/news/"})
    (event,) = stored()
    assert event.event == "Page Viewed"
    assert event.context["page"]["url"] == "http://testserver/news/"


@pytest.mark.parametrize(
    "query", [{"type": "nonsense"}, {"event": "x" * 200}, {"event": "\x00"}, {"type": "track"}]
)
def test_a_wrong_query_gives_the_image_and_stores_nothing(visitor, query):  # noqa: F811
    response = visitor.get(PIXEL, query)
    assert (response.status_code, response.content) == (200, GIF)
    assert stored() == []


def test_a_query_of_too_many_parameters_gives_the_image(visitor):  # noqa: F811
    response = visitor.get(PIXEL, {"event": "A", **{f"p.{n}": n for n in range(1_001)}})
    assert (response.status_code, response.content) == (200, GIF)
    assert stored() == []


def test_an_origin_that_is_no_address_gives_the_image(visitor):  # noqa: F811
    response = visitor.get(PIXEL, {"event": "A"}, headers={"origin": "http://[bad"})
    assert (response.status_code, response.content) == (200, GIF)
    assert stored() == []


def test_without_consent_nothing_is_stored(client):
    assert client.get(PIXEL, {"event": "A"}).content == GIF
    assert stored() == []


def test_the_image_is_43_bytes_and_never_cached(client):
    response = client.get(PIXEL)
    assert len(response.content) == 43
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"] == "image/gif"


def test_a_stream_that_is_down_still_gives_the_image(visitor, settings):  # noqa: F811
    from tests.servers import free_port

    nobody = f"redis://127.0.0.1:{free_port()}/0"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": nobody}
    assert visitor.get(PIXEL, {"event": "A"}).content == GIF
