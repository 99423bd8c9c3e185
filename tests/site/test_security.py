"""What every public page promises the browser."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=")
PUBLIC = (
    "/",
    "/stories/",
    "/shop/",
    "/about/",
    "/stories/kitchen/",
    "/stories/kitchen/the-loaf-that-waits/",
    "/shop/kitchen/",
    "/shop/kitchen/ridge-kettle/",
    "/search/?q=kettle",
    "/cart/",
    "/wishlist/",
    "/personalize/my-data/",
    "/account/log-in/",
    "/account/sign-up/",
    "/newsletter/thanks/",
)


@pytest.mark.usefixtures("alder")
def test_no_page_runs_anything_inline(visitor: Client) -> None:
    for url in PUBLIC:
        answer = visitor.get(url)

        assert answer.status_code == 200, url
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert not INLINE.search(answer.content.decode()), url


@pytest.mark.usefixtures("alder")
def test_the_editors_toolbar_is_left_alone(visitor: Client) -> None:
    visitor.force_login(User.objects.get(username="editor"))

    assert "Content-Security-Policy" not in visitor.get("/about/").headers


@pytest.mark.usefixtures("alder")
def test_a_page_with_the_toolbar_is_never_stored(visitor: Client) -> None:
    editor = Client()
    editor.force_login(User.objects.get(username="editor"))
    editor.get("/shop/kitchen/ridge-kettle/")

    assert "cms-toolbar" not in visitor.get("/shop/kitchen/ridge-kettle/").content.decode()
