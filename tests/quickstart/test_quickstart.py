"""The quickstarts of the README work for whoever follows them."""

import time
from collections.abc import Callable

import pytest

from tests.quickstart.readme import Browser, Project

pytestmark = [pytest.mark.quickstart, pytest.mark.timeout(900)]

BOOTS = "Boots, now with free delivery"
FILES = ("mysite/settings.py", "mysite/celery.py", "mysite/__init__.py", "mysite/urls.py")
TEMPLATE = "templates/personalize_quickstart.html"


def eventually(is_so: Callable[[], bool], *, seconds: float = 20) -> bool:
    """Ask until it is so, or until it is too late."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def follow(project: Project) -> None:
    """Do what the README says, up to the segment."""
    for path in FILES:
        project.append(path)
    settings = project.folder / "mysite" / "settings.py"
    settings.write_text(
        settings.read_text().replace("'DIRS': []", "'DIRS': [BASE_DIR / 'templates']")
    )
    project.append(TEMPLATE)


def set_up(project: Project) -> None:
    for _, _, command in project.commands("set up"):
        project.run("python", "manage.py", command)
    project.run("python", "manage.py", "shell", text=project.block("manage.py shell"))


def shows_boots_after_three_views(project: Project) -> None:
    visitor, stranger = Browser(project.web_port), Browser(project.web_port)
    assert BOOTS not in visitor.read()
    for _ in range(3):
        visitor.track("Product Viewed")
    assert eventually(lambda: BOOTS in visitor.read())
    assert BOOTS not in stranger.read()
    assert "Welcome" in stranger.read()


def test_the_quickstart_for_django_adapts_a_page(tmp_path):
    project = Project(tmp_path)
    try:
        follow(project)
        set_up(project)
        project.start_all()
        shows_boots_after_three_views(project)
    finally:
        project.stop_all()


# An existing django CMS project, as its documentation sets one up.
CMS_SETTINGS = """
SITE_ID = 1
LANGUAGES = [("en", "English")]
LANGUAGE_CODE = "en"
CMS_CONFIRM_VERSION4 = True
CMS_TEMPLATES = [("page.html", "Page")]
INSTALLED_APPS += ["django.contrib.sites", "cms", "menus", "treebeard", "sekizai"]
MIDDLEWARE += [
    "django.middleware.locale.LocaleMiddleware",
    "cms.middleware.user.CurrentUserMiddleware",
    "cms.middleware.page.CurrentPageMiddleware",
    "cms.middleware.toolbar.ToolbarMiddleware",
    "cms.middleware.language.LanguageCookieMiddleware",
]
TEMPLATES[0]["OPTIONS"]["context_processors"] += [
    "sekizai.context_processors.sekizai", "cms.context_processors.cms_settings",
]
X_FRAME_OPTIONS = "SAMEORIGIN"
"""
CMS_URLS = """
urlpatterns += [path("pages/", include("cms.urls"))]
"""
CMS_PAGE = """{% load cms_tags sekizai_tags personalize %}<!doctype html>
<title>{% page_attribute "title" %}</title>{% render_block "css" %}{% cms_toolbar %}
{% placeholder "content" %}{% personalize_scripts %}{% render_block "js" %}
"""
CMS_CONTENT = """
from cms.api import add_plugin, create_page
from django.contrib.auth import get_user_model

get_user_model().objects.create_superuser("editor")
page = create_page("Boots", "page.html", "en", slug="boots")
placeholder = page.get_placeholders("en").get(slot="content")
slot = add_plugin(placeholder, "SlotPlugin", "en")
add_plugin(placeholder, "VariantPlugin", "en", target=slot)
"""


def test_the_quickstart_for_django_cms_gives_editors_the_plugins(tmp_path):
    project = Project(tmp_path, extra="[cms]")
    settings = project.folder / "mysite" / "settings.py"
    with settings.open("a") as file:
        file.write(CMS_SETTINGS)
    try:
        follow(project)
        project.append("mysite/settings.py", "mysite/settings.py for django CMS")
        with (project.folder / "mysite" / "urls.py").open("a") as file:
            file.write(CMS_URLS)
        (project.folder / "templates" / "page.html").write_text(CMS_PAGE)
        set_up(project)
        project.run("python", "manage.py", "shell", text=CMS_CONTENT)
        project.start_all()
        page = Browser(project.web_port).read("/pages/boots/")
        assert "<title>Boots</title>" in page
        assert "<!--px:" in page  # the slot that the editor put there, filled
        shows_boots_after_three_views(project)
    finally:
        project.stop_all()
