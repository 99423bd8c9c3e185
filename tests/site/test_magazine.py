"""Stories, search and the newsletter."""

import pytest
from django.test import Client

from cms_project.magazine.models import Article, Subscriber


@pytest.mark.usefixtures("shelves")
def test_a_story_says_what_it_is_about(visitor: Client) -> None:
    page = visitor.get("/stories/kitchen/the-loaf-that-waits/").content.decode()

    assert "The loaf that waits for you" in page
    assert 'data-view="Article Viewed"' in page
    assert "&quot;topic&quot;: &quot;kitchen&quot;" in page


@pytest.mark.usefixtures("shelves")
def test_a_story_stands_under_its_own_topic_only(visitor: Client) -> None:
    assert visitor.get("/stories/outdoors/the-loaf-that-waits/").status_code == 404


@pytest.mark.usefixtures("shelves")
def test_search_finds_stories_and_goods(visitor: Client) -> None:
    page = visitor.get("/search/", {"q": "kettle"}).content.decode()

    assert "Ridge kettle" in page
    assert "In praise of walking in the rain" in page


@pytest.mark.usefixtures("shelves")
def test_search_shows_a_word_as_text(visitor: Client) -> None:
    page = visitor.get("/search/", {"q": "<script>alert(1)</script>"}).content.decode()

    assert "<script>alert" not in page


@pytest.mark.usefixtures("shelves")
def test_a_reader_subscribes_once(visitor: Client) -> None:
    for address in ("ada@example.com", "ADA@example.com"):
        answer = visitor.post("/newsletter/", {"email": address})
        assert answer.headers["Location"] == "/newsletter/thanks/"

    assert Subscriber.objects.count() == 1


@pytest.mark.usefixtures("shelves")
def test_a_wrong_address_is_shown_again(visitor: Client) -> None:
    answer = visitor.post("/newsletter/", {"email": "ada"})

    assert answer.status_code == 400
    assert "valid email" in answer.content.decode()


@pytest.mark.usefixtures("shelves")
@pytest.mark.parametrize("origin", ["https://evil.example", "http://[bad"])
def test_another_sites_form_is_refused(origin: str) -> None:
    answer = Client().post("/newsletter/", {"email": "ada@example.com"}, headers={"origin": origin})

    assert answer.status_code == 403


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (220, 1), (2200, 10)])
def test_reading_takes_at_least_a_minute(words: int, minutes: int) -> None:
    assert Article(body="<p>" + "word " * words + "</p>").reading_minutes == minutes
