"""Every admin screen: axe finds nothing serious, light and dark, under a strict CSP (U21, S1).

With `SCREENSHOTS=folder` each screen is photographed as well.
"""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Route

from personalize.connections import worker_redis
from personalize.decide.compiled import compile_plan
from personalize.decide.decide import decide
from personalize.decide.decision import Viewer
from personalize.decide.record import Record
from personalize.events.event import Event, encode
from personalize.keys import profile_key, timeline_key
from personalize.measure import samples
from personalize.measure.health import give_sign
from personalize.models import (
    ConsentRecord,
    DataQualityReport,
    DecisionSample,
    EventDefinition,
    IdentityLink,
    SegmentSize,
    Tally,
)
from personalize.models.event_definition import register_standard_events
from personalize.profile import timeline
from personalize.profile.profile import Profile, Session
from personalize.profile.profile import encode as encode_profile
from personalize.profile.store import read_profile
from personalize.profile.timeline import Moment
from tests.factories import (
    ArmFactory,
    ExperimentFactory,
    QuarantinedEventFactory,
    SegmentFactory,
    SourceFactory,
    UserFactory,
    VariantFactory,
    VisitorFactory,
)

CSP = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'"
CONTENTS = ("content", "template", "data")
GRAVE = {"serious", "critical"}
VIEWS = {"event": "Product Viewed", "aggregate": "count", "window": "7d"}
KEEN = {
    "combinator": "and",
    "rules": [
        {"field": "behaviour", "behaviour": VIEWS, "operator": ">", "value": 2},
        {
            "combinator": "or",
            "not": True,
            "rules": [
                {"field": "context.device", "operator": "=", "value": "phone"},
                {"field": "trait.plan", "operator": "in", "value": ["gold", "silver"]},
            ],
        },
    ],
}
IN_KEEN = {
    "combinator": "and",
    "rules": [{"field": "segments", "operator": "contains", "value": "keen"}],
}
MODELS = (
    "dashboard", "eventdefinition", "trait", "segment", "slot", "variant", "experiment", "visitor",
    "source", "quarantinedevent", "dataqualityreport", "consentrecord", "erasure", "identitylink",
    "viewas", "decisionsample",
)  # fmt: skip


@pytest.fixture
def addresses(db: None) -> dict[str, str]:
    """A site in use: the address of each screen by its name."""
    register_standard_events()
    now = timezone.now()
    _count_events()
    keen = SegmentFactory(name="Keen visitors", slug="keen", rule=KEEN)
    for days in range(20):
        at = now - timedelta(days=20 - days)
        SegmentSize.objects.create(segment=keen, counted_at=at, visitors=40 + days * days)
    variant = VariantFactory(name="Welcome back", audience=IN_KEEN, is_live=True)
    experiment = ExperimentFactory(name="Warmer welcome", slot=variant.slot, audience=IN_KEEN)
    ArmFactory(experiment=experiment, key="control")
    ArmFactory(experiment=experiment, key="warm", variant_uuid=variant.uuid)
    rows = {
        "segment": keen,
        "slot": variant.slot,
        "variant": variant,
        "experiment": experiment,
        "visitor": _visitor(),
        "source": SourceFactory(),
        "quarantinedevent": _quarantined(),
        "eventdefinition": EventDefinition.objects.get(name="Product Viewed"),
        "dataqualityreport": _reported(),
        "decisionsample": _sampled(),
    }
    pages = {"index": "/admin/personalize/"}
    pages |= {f"{name} list": reverse(f"admin:personalize_{name}_changelist") for name in MODELS}
    pages |= {
        name: reverse(f"admin:personalize_{name}_change", args=[row.pk])
        for name, row in rows.items()
    }
    pages |= {
        "mending": reverse(
            "admin:personalize_quarantinedevent_mend", args=[rows["quarantinedevent"].pk]
        ),
        "segment deletion": reverse("admin:personalize_segment_delete", args=[keen.pk]),
        "segment addition": reverse("admin:personalize_segment_add"),
        "trait addition": reverse("admin:personalize_trait_add"),
    }
    return pages


def _count_events() -> None:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for back in range(24 * 30):
        number = 300 + 200 * (back % 24) - 9 * (back % 24) ** 2
        for metric, key in (("events", "Product Viewed"), ("new_visitors", "")):
            at = hour - timedelta(hours=back)
            Tally.objects.create(hour=at, metric=metric, key=key, count=max(5, number))
    EventDefinition.objects.filter(name="Product Viewed").update(volume=98_765, last_seen_at=hour)
    EventDefinition.objects.create(name="Brochure Downloaded", volume=12, last_seen_at=hour)
    give_sign("worker")
    give_sign("beat")


def _visitor() -> object:
    now = int(timezone.now().timestamp() * 1_000)
    subject = "a:0123456789abcdef0123456789abcdef"
    profile = Profile(
        subject=subject,
        sessions=[Session(started_at=now - 900_000, last_at=now, views=7, entry_path="/shop/")],
        traits={"first_name": "Ada", "plan": "gold", "note": "<script>alert(1)</script>"},
        segments={"keen": now - 86_400_000},
        context={"device": "desktop", "browser": "Firefox", "country": "DE"},
    )
    worker_redis().hset(profile_key(subject), "s", encode_profile(profile))
    moments = [
        Moment(now - n * 60_000, "Product Viewed", {"product_id": f"X{n}"}) for n in range(5)
    ]
    worker_redis().lpush(timeline_key(subject), *map(timeline.encode, moments))
    granted = {"analytics": True, "personalization": True, "marketing": False}
    ConsentRecord.objects.create(
        anonymous_id=subject[2:], purposes=granted, method="banner", text_version="1", locale="en"
    )
    return VisitorFactory(subject=subject, last_seen_at=timezone.now(), events=9, sessions=2)


def _sampled() -> object:
    """Return what Ada's page showed her."""
    profile, now = read_profile("a:0123456789abcdef0123456789abcdef"), time.time_ns() // 1_000_000
    plan = compile_plan(1)
    (slot,), viewer = plan.slots.values(), Viewer("ada")
    facts = plan.facts(profile, profile.context, now)
    decision = decide(profile, profile.context, [slot], plan=plan, now=now, viewer=viewer)[slot.key]
    record = Record.of(slot, plan=plan, facts=facts, viewer=viewer, now=now)
    samples.note_decisions(
        [(record, decision)], subject=profile.subject, path="/shop/", plan_version=1
    )
    samples.push()
    samples.flush_samples()
    return DecisionSample.objects.get()


def _reported() -> object:
    now = timezone.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    parts = {
        "accepted": 940,
        "stored": 800,
        "duplicates": 70,
        "bots": 60,
        "quarantined": 10,
        "discarded": 10,
    }
    for back in range(30):
        for source in ("browser", "shop"):
            for metric, count in {**parts, "cleaned:converted": 31 + back}.items():
                Tally.objects.create(
                    hour=hour - timedelta(days=back), metric=metric, key=source, count=count
                )
    findings = {
        "faults": [],
        "lines": [
            {"source": "shop", "kept": 860, "lake_rows": 850, "lake_waiting": 0, "removed": 10}
        ],
        "anomalies": [
            {"of": "event", "key": "Order Completed", "hours": [9, 10, 11], "seen": 3,
             "expected": 41.5, "deviations": -5.9}
        ],
        "drift": [
            {"kind": "changed_type", "event": "Product Viewed", "property": "price",
             "seen": "number (790), text (10)", "expected": "number", "events": 10}
        ],
    }  # fmt: skip
    day = now.date() - timedelta(days=1)
    return DataQualityReport.objects.create(day=day, is_ok=True, findings=findings)


def _quarantined() -> object:
    event = Event(
        type="track",
        event="Signed Up",
        message_id="1",
        timestamp=1,
        received_at=1,
        anonymous_id="visitor",
        properties={"email": "ada@example.com", "plan": "gold"},
    )
    return QuarantinedEventFactory(raw=encode(event), detail="KeyError: 'plan'")


@pytest.fixture
def visit(live_server: object, context: BrowserContext, page: Page) -> Callable[[str], Page]:
    """Return what opens a screen as somebody who may see it, under a strict CSP."""
    client = Client()
    client.force_login(UserFactory(username="owner", is_superuser=True))
    value = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": value, "url": str(live_server)}])

    def strict(route: Route) -> None:
        if route.request.resource_type == "document":
            answer = route.fetch()
            policy = {**answer.headers, "content-security-policy": CSP}
            route.fulfill(response=answer, headers=policy)
        else:
            route.continue_()

    page.route("**/admin/**", strict)

    def opened(address: str) -> Page:
        page.goto(f"{live_server}{address}")
        return page

    return opened


def grave_violations(page: Page) -> list[str]:
    """Return what axe calls serious or critical, with the places."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']} at {[node['target'] for node in each['nodes']]}: {each['nodes'][0]['html']}"
        for each in found
        if each["impact"] in GRAVE
    ]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_screen(visit, addresses, scheme, console_errors):
    folder = os.environ.get("SCREENSHOTS")
    found = []
    for name, address in addresses.items():
        page = visit(address)
        # The page of a segment in use answers so: that is no error of its own.
        assert [each for each in console_errors if "409 (Conflict)" not in each] == []
        page.emulate_media(color_scheme=scheme)
        if folder:
            page.screenshot(
                path=Path(folder) / f"{name.replace(' ', '-')}-{scheme}.png", full_page=True
            )
        found += [f"{name}: {grave}" for grave in grave_violations(page)]
        console_errors.clear()  # axe and the camera write styles that the policy refuses

    assert not found, "\n".join(found)


def test_the_table_behind_a_plot_opens_by_keyboard(visit, addresses):
    page = visit(addresses["dashboard list"])

    summary = page.locator("details summary").first
    summary.focus()
    page.keyboard.press("Enter")

    assert page.locator("details table").first.is_visible()


def test_nothing_sticks_out_of_a_phone(visit, addresses):
    page = visit(addresses["dashboard list"])
    page.set_viewport_size({"width": 360, "height": 740})

    for name in ("dashboard list", "dataqualityreport list", "mending", "visitor", "segment"):
        visit(addresses[name])
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360, name


def test_a_variants_form_shows_what_its_kind_uses(visit, addresses):
    page = visit(addresses["variant"])
    seen = {}
    for kind in ("rich_text", "template", "json"):
        page.select_option("#id_kind", kind)
        seen[kind] = [name for name in CONTENTS if page.is_visible(f"#id_{name}")]

    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "variant-json.png", full_page=True)
    assert seen == {"rich_text": ["content"], "template": ["template", "data"], "json": ["data"]}


def test_the_dashboard_breaks_no_word_on_a_phone(visit, addresses):
    page = visit(addresses["dashboard list"])
    page.set_viewport_size({"width": 390, "height": 844})
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "dashboard-390.png", full_page=True)

    for head in page.locator(".px-grid thead th", has_text="Visitors").all():
        assert head.is_hidden() or head.evaluate("e => e.getClientRects()[0].height") < 40


@pytest.mark.parametrize("name", ["eventdefinition list", "identitylink list", "visitor list"])
def test_a_list_of_long_names_fits_its_page(visit, addresses, name):
    long = "0123456789abcdef" * 4
    EventDefinition.objects.create(name=long)
    IdentityLink.objects.create(
        anonymous_id=long, user_id=long, proof="login", linked_at=timezone.now()
    )
    page = visit(addresses[name])
    box = "e => e.closest('.results').scrollWidth - e.closest('.results').clientWidth"

    assert page.eval_on_selector("#result_list", box) == 0
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name.replace(' ', '-')}-long.png")
