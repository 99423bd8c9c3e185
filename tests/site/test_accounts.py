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
    page = visitor.get("/choices/", follow=True).content.decode()

    assert page.count('name="purpose"') == 6  # the page's own, and the banner's
    assert "checked" not in page


@pytest.mark.usefixtures("shelves")
def test_each_page_leads_to_the_visitors_data_and_choices(visitor: Client) -> None:
    page = visitor.get("/cart/").content.decode()

    assert page.count('href="/personalize/my-data/"') == 2  # of the foot, and of the banner
