"""The templates that variants may show, with their titles."""

from pathlib import Path

import pytest
from pytest_django import Settings

from personalize.render.template_variants import template_titles


@pytest.fixture
def folders(tmp_path: Path, settings: Settings) -> tuple[Path, Path]:
    """Two folders of templates, the first before the second."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        (folder / "personalize" / "variants" / "deep").mkdir(parents=True)
    backend = "django.template.backends.django.DjangoTemplates"
    settings.TEMPLATES = [{"BACKEND": backend, "DIRS": [first, second]}]
    return first / "personalize" / "variants", second / "personalize" / "variants"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("{# Big banner #}<p>", "Big banner"),
        ("\n<!-- Big\n banner --><p>", "Big banner"),
        ('{% comment "why" %}Big banner{% endcomment %}', "Big banner"),
        ("<p>{# not the title #}", "My file"),
        ("", "My file"),
    ],
)
def test_a_template_has_the_title_of_its_first_comment_or_its_name(folders, text, title):
    (folders[0] / "my-file.html").write_text(text)

    assert template_titles() == {"my-file.html": title}


def test_of_equal_names_the_one_that_is_rendered_counts(folders):
    (folders[0] / "deep" / "a.html").write_text("{# First #}")
    (folders[1] / "deep" / "a.html").write_text("{# Second #}")
    (folders[1] / "b.txt").write_text("no template")

    assert template_titles() == {"deep/a.html": "First"}


def test_a_file_that_is_no_text_has_its_name(folders):
    (folders[0] / "odd.html").write_bytes(b"\xff\xfe{#")

    assert template_titles() == {"odd.html": "Odd"}
