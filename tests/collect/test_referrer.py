"""Where a visit came from."""

import pytest

from personalize.collect.referrer import campaign_of, referrer_type, without_secrets


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        ("", "direct"),
        ("nonsense", "direct"),
        ("https://www.site.example/a", "internal"),
        ("https://www.google.co.uk/search?q=x", "search"),
        ("https://duckduckgo.com/", "search"),
        ("https://l.facebook.com/l.php", "social"),
        ("https://t.co/x", "social"),
        ("https://mail.google.com/mail/", "email"),
        ("https://webmail.provider.example/", "email"),
        ("https://blog.example/post", "referral"),
        ("https://notgoogle.example/", "referral"),
    ],
)
def test_the_kind_of_page_that_led_here(referrer, expected):
    assert referrer_type(referrer, host="site.example", campaign={}) == expected


def test_a_campaign_outweighs_the_referrer():
    google = "https://google.com/"
    assert referrer_type(google, host="", campaign={"utm_source": "x"}) == "campaign"
    assert referrer_type(google, host="", campaign={"utm_medium": "Email"}) == "email"


def test_a_campaign_is_read_from_the_query_and_from_the_client():
    assert campaign_of("utm_source=a&utm_term=&other=b") == {"utm_source": "a"}
    given = {"name": "spring", "source": "b", "medium": 7, "strange": "x"}
    assert campaign_of("utm_source=a", given=given) == {"utm_source": "b", "utm_campaign": "spring"}


def test_a_url_keeps_its_campaign_alone():
    url = "https://user:pw@site.example/p?token=1&utm_source=a#x"
    assert without_secrets(url) == "https://site.example/p?utm_source=a"
    assert without_secrets("http://[broken") == ""
