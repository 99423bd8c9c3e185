"""Every string is translated: the German catalogue, and screens in a made-up language (U22)."""

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.contrib.admin import site as admin_site
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import trans_real

from personalize import revisions
from personalize.events.standard import STANDARD
from personalize.models import Segment, Tally
from personalize.models.event_definition import register_standard_events
from tests import factories
from tests.browser.test_admin_accessibility import IN_KEEN, KEEN

PACKAGE = Path(__file__).parent.parent / "personalize"
GERMAN = PACKAGE / "locale/de/LC_MESSAGES/django.po"
HOLE = re.compile(r"%\(\w+\)[a-z.\d]*[sdgf]|%[ds]|\{\w+\}|%%|</?code>")


def german():
    with GERMAN.open("rb") as file:
        return read_po(file, locale="de")


def texts(value) -> tuple[str, ...]:
    return (
        value if isinstance(value, tuple) else tuple(value) if isinstance(value, list) else (value,)
    )


def test_german_is_complete():
    lacking = [
        texts(message.id)[0]
        for message in german()
        if message.id and (message.fuzzy or not all(texts(message.string)))
    ]
    assert lacking == []


def test_german_keeps_what_is_filled_in():
    wrong = [
        (source, told)
        for message in german()
        if message.id
        for source, told in zip(texts(message.id), texts(message.string), strict=True)
        if sorted(HOLE.findall(source)) != sorted(HOLE.findall(told))
    ]
    assert wrong == []


def test_what_is_shipped_is_what_is_written():
    """The compiled catalogue is in the repository, so that a wheel needs no gettext to be built."""
    compiled = io.BytesIO()
    write_mo(compiled, german())
    compiled.seek(0)
    with GERMAN.with_suffix(".mo").open("rb") as file:
        shipped, written = read_mo(file), read_mo(compiled)
    assert _told(shipped) == _told(written)


def _told(catalogue) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {texts(each.id): texts(each.string) for each in catalogue if each.id}


@pytest.mark.skipif(not shutil.which("xgettext"), reason="needs gettext")
def test_every_string_of_the_source_is_in_the_catalogue(tmp_path):
    copy = tmp_path / "personalize"
    keep = shutil.ignore_patterns("migrations", "static", "__pycache__", "*.mo")
    shutil.copytree(PACKAGE, copy, ignore=keep)
    subprocess.run(
        [Path(sys.executable).parent / "django-admin", "makemessages", "-l", "de"],
        cwd=copy,
        env={"PATH": os.environ["PATH"]},  # no settings: they would need the site
        check=True,
        capture_output=True,
    )
    with (copy / "locale/de/LC_MESSAGES/django.po").open("rb") as file:
        found = {texts(each.id)[0] for each in read_po(file)}
    known = {texts(each.id)[0] for each in german()}
    assert found - known == set(), "run `make messages` and translate what is new"


class Pseudo(trans_real.DjangoTranslation):
    """A language in which everything that is translated stands in brackets."""

    def __init__(self) -> None:
        super().__init__("en")

    def gettext(self, message: str) -> str:
        plain = message.rpartition("\x04")[2]
        return f"⟦{plain}⟧" if plain.strip() else plain

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return self.ngettext(msgid1, msgid2, n)


@pytest.fixture
def pseudo(settings, monkeypatch) -> Iterator[None]:
    """Let the site speak the language made up."""
    settings.LANGUAGE_CODE = "eo"
    settings.LANGUAGES = [("eo", "Pseudo")]
    # After the settings: a change of theirs makes Django forget what it has loaded.
    monkeypatch.setitem(trans_real._translations, "eo", Pseudo())
    with translation.override("eo"):
        yield


class Page(HTMLParser):
    """The texts of a page that somebody reads or hears."""

    READ = {"title", "aria-label", "placeholder", "alt"}
    SILENT = {"script", "style", "code", "pre", "textarea"}

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self._silent += tag in self.SILENT
        self.found += [given[name] or "" for name in self.READ & given.keys()]
        if tag == "input" and given.get("type") in {"submit", "button"}:
            self.found.append(given.get("value") or "")

    def handle_endtag(self, tag):
        self._silent -= tag in self.SILENT

    def handle_data(self, data):
        if not self._silent:
            self.found.append(data)


# Data: names that the test has given, and what has one name in every language.
DATA = re.compile(
    "|".join(map(re.escape, sorted(STANDARD, reverse=True)))
    + r"|Identity Linked|Profile Merged|Time Passed|Segment (Entered|Exited)|Variant (Served|Seen)"
    r"|Newsletter|Ribbon: title, text, link, label|Teaser: kicker, title, text"  # the site's own
    r"|^Search$"  # Django's own, and not translated there either
    r"|\berror\b|\bplan\b|abcd…|[Kk]een|Welcome back|[Ww]armer?|control|editor\d*|Segment \d+"
    r"|slot-\d+|Slot \d+|Variant \d+|Experiment \d+|source-\d+|shop|browser|None|True|False"
    r"|\bUTC\b|\bJSON\b|Parquet|CSV|Redis|Beat|Worker|[ap]\.m\.|[au]:\w+|[0-9a-f-]{8,}|\bKB\b"
)
NESTED = re.compile(r"⟦[^⟦⟧]*⟧")


def untranslated(html: str) -> list[str]:
    page = Page()
    page.feed(html)
    whole = "\n".join(page.found)
    while NESTED.search(whole):  # what is filled into a sentence may be a translation itself
        whole = NESTED.sub("", whole)
    left = (DATA.sub("", line).strip() for line in whole.split("\n"))
    return sorted({line for line in left if re.search(r"[^\W\d_]{2,}", line)})


@pytest.fixture
def in_use(db) -> dict[str, int]:
    """A site with a row of everything."""
    Tally.objects.create(hour=timezone.now(), metric="events", key="Product Viewed", count=7)
    register_standard_events()
    segment = factories.SegmentFactory(name="Keen", slug="keen", rule=KEEN)
    other = factories.SegmentFactory(rule=IN_KEEN)
    revisions.note_before([segment])
    with revisions.recorded():
        segment.is_live = False
        segment.save()
    revisions.note_deletion(other, by=None)
    other.delete()
    variant = factories.VariantFactory(name="Welcome back", audience=IN_KEEN)
    experiment = factories.ExperimentFactory(name="Warmer", slot=variant.slot)
    factories.ArmFactory(experiment=experiment, key="control")
    rows = {
        "segment": Segment.objects.get(slug="keen"),
        "variant": variant,
        "slot": variant.slot,
        "experiment": experiment,
        "source": factories.SourceFactory(),
        "visitor": factories.VisitorFactory(),
        "quarantinedevent": factories.QuarantinedEventFactory(),
        "job": factories.JobFactory(state="failed"),
    }
    return {name: row.pk for name, row in rows.items()}


def addresses(rows: dict[str, int]) -> Iterator[str]:
    for model in admin_site._registry:
        if model._meta.app_label == "personalize":
            name = f"admin:personalize_{model._meta.model_name}"
            yield reverse(f"{name}_changelist")
            if model._meta.model_name in {"segment", "trait", "slot", "variant", "experiment"}:
                yield reverse(f"{name}_add")
                yield reverse(f"{name}_deleted")
    for model_name, pk in rows.items():
        yield reverse(f"admin:personalize_{model_name}_change", args=[pk])
        yield reverse(f"admin:personalize_{model_name}_history", args=[pk])
    yield reverse("admin:personalize_job_ask")
    yield reverse("admin:personalize_segment_matrix")
    yield reverse("admin:personalize_segment_templates")


@pytest.mark.timeout(300)
def test_no_screen_shows_a_text_that_is_not_translated_U22(pseudo, in_use):
    client = Client()
    client.force_login(factories.UserFactory(is_superuser=True))
    wrong = {}
    for address in addresses(in_use):
        answer = client.get(address, HTTP_ACCEPT_LANGUAGE="eo")
        assert answer.status_code == 200, address
        if found := untranslated(_content(answer.content.decode())):
            wrong[address] = found
    assert not wrong, "\n".join(f"{address}: {found}" for address, found in wrong.items())


def test_the_visitors_page_is_translated_U22(pseudo, db, settings):
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": []}]
    client = Client()
    client.post("/personalize/my-data/", {"do": "all"})
    page = client.get("/personalize/my-data/", HTTP_ACCEPT_LANGUAGE="eo").content.decode()
    assert untranslated(page) == []
    assert "⟦My data and choices⟧" in page


def _content(html: str) -> str:
    """Return the page without the frame of the admin, which lists other apps."""
    return re.sub(r'<nav class="sticky".*?</nav>', "", html, flags=re.DOTALL)


def test_a_text_that_is_not_translated_is_found():
    assert untranslated("<p title='⟦a⟧'>⟦told ⟦twice⟧ 7⟧: hard-wired</p>") == [": hard-wired"]
    assert untranslated("<input type=submit value=Save>") == ["Save"]
