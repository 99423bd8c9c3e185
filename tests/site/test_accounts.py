"""Sign-up, log-in, and the visitor's choices."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

NEW = {
    "first_name": "Ada",
    "username": "ada-l",
    "password1": "eleven-minutes-of-bread",
    "password2": "eleven-minutes-of-bread",
}


@pytest.mark.usefixtures("shelves")
def test_a_visitor_signs_up_and_is_greeted(visitor: Client) -> None:
    page = visitor.post("/account/sign-up/", NEW, follow=True).content.decode()

    assert "Hello Ada" in page
    assert 'data-view="Signed Up"' in page
    assert User.objects.get(username="ada-l").check_password(NEW["password1"])


@pytest.mark.usefixtures("shelves")
def test_the_account_asks_for_a_log_in(visitor: Client) -> None:
    assert visitor.get("/account/").headers["Location"] == "/account/log-in/?next=/account/"


@pytest.mark.usefixtures("shelves")
def test_a_reader_logs_in_and_out(visitor: Client) -> None:
    User.objects.create_user("ada", password="alder-demo", first_name="Ada")
    page = visitor.post(
        "/account/log-in/", {"username": "ada", "password": "alder-demo"}, follow=True
    )
    assert "Hello Ada" in page.content.decode()
    visitor.post("/account/log-out/")
    assert visitor.get("/account/").status_code == 302


@pytest.mark.usefixtures("shelves")
def test_no_purpose_is_ticked_before_the_visitor_does(visitor: Client) -> None:
    page = visitor.get("/choices/").content.decode()

    assert page.count('type="checkbox"') == 6  # the page's own, and the banner's
    assert "checked" not in page


@pytest.mark.usefixtures("alder")
def test_the_choices_page_says_what_would_be_erased(visitor: Client) -> None:
    assert "about this browser? This cannot be undone." in visitor.get("/choices/").content.decode()

    visitor.force_login(User.objects.get(username="editor"))

    page = visitor.get("/choices/").content.decode()
    assert "your account and about every browser in which you logged in? This cannot" in page
