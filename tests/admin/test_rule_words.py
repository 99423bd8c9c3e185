"""The builder's words are those that its sources ask for, and no others."""

import re
from pathlib import Path

from personalize.admin.rule_words import WORDS

SOURCES = Path(__file__).parents[2] / "frontend" / "rule_builder"
SOURCE = "\n".join(path.read_text() for path in SOURCES.glob("*.js*"))


def test_every_word_that_the_builder_says_is_told_to_it():
    said = set(re.findall(r'(?:say|phrase)\((?:words, )?"(\w+)"', SOURCE))
    assert said - set(WORDS) == set()


def test_every_word_is_said_somewhere():
    literal = set(re.findall(r'"(\w+)"', SOURCE))
    begun = tuple(re.findall(r"`(\w+_)\$\{", SOURCE))
    unsaid = [word for word in WORDS if word not in literal and not word.startswith(begun)]
    assert unsaid == []
