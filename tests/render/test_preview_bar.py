"""The bar: what it says of the persona, and where it stands."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from personalize.render.preview import COOKIE, Deed, Persona, Preview
from personalize.render.preview_bar import add_bar, described
from tests.factories import ArmFactory, SegmentFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_(rf: RequestFactory) -> HttpRequest:
    request = rf.get("/shop/", {"page": "2"})
    request.user = AnonymousUser()
    request.COOKIES[COOKIE] = "signed"
    return request


def page(request: HttpRequest, content: str = "<body>Hi</body>", **preview: object) -> str:
    response = HttpResponse(content, headers={"Content-Length": str(len(content))})
    add_bar(request, response, preview=Preview("7", Persona(), **preview))  # type: ignore[arg-type]
    assert response["Content-Length"] == str(len(response.content))
    return response.content.decode()


def test_the_bar_stands_at_the_end_of_the_page(request_: HttpRequest) -> None:
    body = page(request_, "<body>Hi</body> <!-- </body> --></body></html>")
    assert body.endswith("</aside>\n</body></html>")
    assert "of whom nothing is known" in body


@pytest.mark.parametrize("content", ["<p>a part of a page</p>", ""])
def test_a_part_of_a_page_has_no_bar(request_: HttpRequest, content: str) -> None:
    assert page(request_, content) == content


def test_only_pages_have_a_bar(request_: HttpRequest) -> None:
    response = HttpResponse("<body></body>", content_type="text/plain")
    add_bar(request_, response, preview=Preview("7", Persona()))
    assert response.content == b"<body></body>"


def test_who_holds_a_link_can_share_and_end_it(request_: HttpRequest) -> None:
    body = page(request_, asks_why=True)
    assert "http://testserver/personalize/preview/?as=signed&amp;to=%2Fshop%2F%3Fpage%3D2" in body
    assert "/personalize/preview/end" in body
    assert "/personalize/preview/why" not in body
    assert "/admin/" not in body


def test_an_editor_can_change_it_and_ask_why(request_: HttpRequest) -> None:
    request_.user = UserFactory(permissions=["view_segment"])
    body = page(request_, asks_why=True)
    assert "/admin/personalize/viewas/?to=%2Fshop%2F%3Fpage%3D2" in body
    assert "Hide why" in body
    assert "No slot of this page was decided." in body


def test_what_a_persona_says_is_escaped(request_: HttpRequest) -> None:
    response = HttpResponse("<body></body>")
    persona = Persona(traits={"name": "<script>alert(1)</script>"})
    add_bar(request_, response, preview=Preview("7", persona))
    assert b"<script>" not in response.content


def test_a_persona_is_described_in_phrases() -> None:
    SegmentFactory(slug="vip", name="Our best")
    arm = ArmFactory(key="warm", experiment__name="Welcome")
    persona = Persona(
        segments=("vip",),
        context={"device": "mobile", "logged_in": True},
        traits={"city": "Berlin"},
        deeds=(Deed("Product Added", 2), Deed("Checkout Started", minutes_ago=1_440)),
        arms={str(arm.experiment.uuid): "warm"},
        at=1_798_106_400_000,
    )
    assert described(persona) == [
        "in “Our best”",
        "device: mobile",
        "being logged in: yes",
        "city: Berlin",
        "Product Added 2 times",
        "Checkout Started once, 1\xa0day before",
        "arm “warm” of “Welcome”",
        "on Dec. 24, 2026, 10 a.m.",
    ]
