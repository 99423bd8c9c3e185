"""A personalised page out of the cache, against the same page, cached, without slots."""

from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

from cms.api import add_plugin, create_page
from cms.models import PageContent
from django.contrib.auth import get_user_model
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext, override_settings
from djangocms_versioning.models import Version

from benchmarks.result import Result, alternate
from benchmarks.server import (
    FIREFOX,
    answer,
    bare_site,
    request,
    requests_a_second,
    served,
)
from personalize.collect.identity import random_identity
from personalize.connections import worker_redis
from personalize.keys import profile_key
from personalize.profile.profile import Profile, encode

SLOTS = 5
CITIES = ("Berlin", "Rome", "Kyiv", "Paris")
TEXT = "<p>" + "Lorem ipsum dolor sit amet, consetetur sadipscing elitr. " * 20 + "</p>"


def new_page(title: str, *, slots: int) -> str:
    """Publish a page with five texts, in so many slots of four variants each; return its path."""
    author, _ = get_user_model().objects.get_or_create(username="author")
    page = create_page(title, "plain.html", "en", created_by=author)
    content = PageContent.admin_manager.get(page=page)
    placeholder = content.rescan_placeholders()["content"]
    for number in range(SLOTS):
        parent = None
        if number < slots:
            parent = add_plugin(
                placeholder, "SlotPlugin", "en", name=str(number), key=f"slot-{number}"
            )
        add_plugin(placeholder, "TextPlugin", "en", target=parent, body=TEXT)
        for city in CITIES if parent else ():
            rule = {"field": "trait.city", "operator": "=", "value": city}
            variant = add_plugin(
                placeholder, "VariantPlugin", "en", target=parent, name=city, audience=rule
            )
            add_plugin(placeholder, "TextPlugin", "en", target=variant, body=f"{city}: {TEXT}")
    Version.objects.get_for_content(content).publish(author)
    return str(page.get_absolute_url("en"))


def new_visitor() -> str:
    """Store a visitor's profile and return the cookies of the browser."""
    identity = random_identity()
    profile = Profile(
        identity.subject, anonymous_id=identity.anonymous_id, traits={"city": CITIES[-1]}
    )
    worker_redis().hset(profile_key(identity.subject), "s", encode(profile))
    agreed = "1.analytics.personalization.marketing"
    return SimpleCookie({"px": identity.cookie, "px_consent": agreed}).output(header="", sep=";")


def commands(work: Callable[[], Any]) -> int:
    """Return how many commands the store got meanwhile."""

    def calls() -> int:
        stats = worker_redis().info("commandstats")
        return sum(each["calls"] for name, each in stats.items() if name != "cmdstat_info")

    before = calls()
    work()
    return calls() - before


def round_trips(work: Callable[[], Any]) -> int:
    """Return how often the store had to answer meanwhile: a pipeline is one read of its socket."""

    def reads() -> int:
        return int(worker_redis().info("stats")["total_reads_processed"])

    start = reads()
    idle = reads() - start  # asking is a read of its own
    before = reads()
    work()
    return reads() - before - idle


def run() -> list[Result]:
    """Measure throughput in turn; then count what one view of the stored page asks for."""
    with override_settings(**bare_site()):
        return figures()


def figures() -> list[Result]:
    """Return throughput, queries and round trips."""
    plain, personal = new_page("Plain", slots=0), new_page("Personal", slots=SLOTS)
    cookies = new_visitor()
    with served("benchmarks.server:site()") as port:
        asked = {page: request("GET", page, cookies=cookies) for page in (plain, personal)}
        answer(port, asked[personal])  # stores the page
        if answer(port, asked[personal]).count(f"{CITIES[-1]}: ".encode()) != SLOTS:
            raise RuntimeError("The page does not show the visitor's variants")
        if b"<!--px" in answer(port, asked[plain]):
            raise RuntimeError("The plain page has a slot")
        ours, baseline = alternate(
            lambda: requests_a_second(port, asked[personal]),
            lambda: requests_a_second(port, asked[plain]),
            rounds=7,
        )
    result = Result(
        name="page", value=ours, unit="requests/s", baseline=baseline, ratio=ours / baseline
    )
    return [result, *costs(personal, cookies=new_visitor())]


def costs(page: str, *, cookies: str) -> list[Result]:
    """Return queries, round trips and commands of one view of the stored page."""
    application = WSGIHandler()
    headers = {"cookie": cookies, "user-agent": FIREFOX, "host": "localhost"}

    def view() -> None:
        environ = RequestFactory(headers=headers).get(page).environ
        response: Any = application(environ, lambda status, headers: None)
        response.close()

    view(), view()
    with CaptureQueriesContext(connection) as queries:
        trips = round_trips(view)
        asked = commands(view)
    return [
        Result(name="page.sql", value=len(queries), unit="queries a view"),
        Result(name="page.round_trips", value=trips, unit="a view"),
        Result(name="page.store_commands", value=asked, unit="a view"),
    ]
