"""Texts tidied, and remembered."""

from hypothesis import given

from personalize.clean import texts
from personalize.clean.texts import Tidier, is_identifier
from tests.clean.strategies import properties

MAIL = "jane@example.org"


def tidier(*, is_masking: bool = True) -> Tidier:
    return Tidier(allowed=frozenset({"q"}), is_masking=is_masking)


def test_texts_are_tidied_wherever_they_stand():
    given = {"a": MAIL, "b": [MAIL, {"c": MAIL}, [MAIL]], "d": {"e": MAIL}, "n": 1, "f": "e\u0301"}
    assert tidier().tidied(given) == {
        "a": "•••",
        "b": ["•••", {"c": "•••"}, ["•••"]],
        "d": {"e": "•••"},
        "n": 1,
        "f": "\u00e9",
    }


def test_what_is_tidy_is_handed_back_itself():
    given = {"a": "red", "b": ["x", {"c": 1}]}
    assert tidier().tidied(given) is given


def test_addresses_are_known_by_their_name_or_their_beginning():
    url = "https://Example.org/?x=1#y"
    given = {"image_url": url, "link": url, "url": "/a?x=1", "text": f"see {url}"}
    tidy = tidier().tidied(given)
    assert tidy["image_url"] == tidy["link"] == "https://example.org/"
    assert (tidy["url"], tidy["text"]) == ("/a", f"see {url}")


def test_a_source_may_keep_what_names_a_person_and_so_may_a_property():
    assert tidier(is_masking=False).tidied({"a": MAIL}) == {"a": MAIL}
    assert tidier().tidied({"a": MAIL, "b": MAIL}, kept=frozenset({"a"})) == {"a": MAIL, "b": "•••"}


def test_a_page_keeps_of_its_search_what_is_allowed():
    page = {"search": f"?q=1&token=2&utm_source={MAIL}", "path": "/a"}
    tidy = tidier().page(page)
    assert tidy == {"search": "?q=1&utm_source=%E2%80%A2%E2%80%A2%E2%80%A2", "path": "/a"}
    assert tidier().page({"search": "?token=2"}) == {"search": ""}


def test_identifiers_are_known_by_their_names():
    assert all(map(is_identifier, ["id", "order_id", "productId", "sku"]))
    assert not any(map(is_identifier, ["phone", "paid", "idea"]))


def test_no_more_is_remembered_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(texts, "MOST_FINE", 10)
    one = tidier()
    for number in range(100):
        one.tidied({"name": f"text {number}"})
    assert sum(map(len, one._fine.values())) <= 10


@given(properties)
def test_tidying_twice_is_tidying_once(given):
    once = tidier().tidied(given)
    assert tidier().tidied(once) is once
