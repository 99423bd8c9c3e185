"""Evidence: what rules asked, answered again from memory."""

from hypothesis import given
from hypothesis import strategies as st

from personalize.decide.evidence import Evidence
from personalize.profile.profile import Profile, Session
from personalize.rules.evaluate import compile_rule, explain
from personalize.rules.facts import PlainFacts
from personalize.rules.syntax import behaviours, parse
from personalize.segment.compiled import CompiledSegment, SegmentSet
from personalize.segment.facts import VisitorFacts
from tests.rules import strategies

NOW = 1_700_000_000_000
VIEWS = {"event": "Product Viewed", "aggregate": "count", "window": "7d"}
ON_PHONES = {"field": "context.device", "operator": "=", "value": "phone"}
IN_BERLIN = {"field": "trait.city", "operator": "=", "value": "Berlin"}


def group(*rules):
    return parse({"combinator": "and", "rules": list(rules)})


def segment(slug, rule):
    return CompiledSegment(slug, "rule", compile_rule(rule), rule)


def members(slug):
    return {"field": "segments", "operator": "=", "value": slug}


@given(st.data())
def test_rules_find_in_the_evidence_what_they_found_in_the_facts(data):
    rule = parse(data.draw(strategies.rules))
    facts = data.draw(strategies.facts([each.key for each in behaviours(rule)]))
    evidence = Evidence.of([rule], facts=facts)
    assert compile_rule(rule)(evidence) == compile_rule(rule)(facts)
    assert explain(rule, evidence).matched == explain(rule, facts).matched


def test_evidence_holds_what_was_asked_and_nothing_else():
    facts = PlainFacts(traits={"city": "Berlin", "name": "Ada"}, contexts={"device": "phone"})
    assert Evidence.of([group(IN_BERLIN)], facts=facts).answers == {"trait.city": "Berlin"}


def test_evidence_unfolds_the_segments_that_rules_name():
    segments = SegmentSet(
        {
            "keen": segment("keen", group(members("mobile"))),
            "mobile": segment("mobile", group(ON_PHONES)),
            "other": segment("other", group(IN_BERLIN)),
        }
    )
    profile = Profile("a:1", segments={"keen": 5})
    facts = VisitorFacts(profile, context={"device": "phone"}, segments=segments, now=NOW)
    evidence = Evidence.of([group(members("keen"))], facts=facts)
    assert evidence.answers == {
        "segment.keen": True,
        "segment.mobile": True,
        "context.device": "phone",
    }
    assert evidence.rule_of("mobile") == group(ON_PHONES)
    assert evidence.rule_of("other") is None


def test_evidence_ends_where_segments_name_each_other():
    segments = SegmentSet(
        {slug: segment(slug, group(members(other))) for slug, other in ("ab", "ba")}
    )
    facts = VisitorFacts(None, context={}, segments=segments, now=NOW)
    assert Evidence.of([group(members("a"))], facts=facts).in_segment("a") is False


def test_evidence_knows_since_when_each_answer_holds():
    profile = Profile(
        "a:1",
        traits={"city": "Berlin"},
        trait_times={"city": NOW - 1},
        sessions=[Session(started_at=NOW - 9, last_at=NOW - 2)],
        segments={"keen": NOW - 3},
    )
    keen = SegmentSet({"keen": segment("keen", group(IN_BERLIN))})
    left = SegmentSet({"keen": segment("keen", group(ON_PHONES))})
    facts = VisitorFacts(profile, context={"device": "phone"}, segments=keen, now=NOW)
    views = {"field": "session.views", "operator": ">", "value": 1}
    counted = {"field": "behaviour", "behaviour": VIEWS, "operator": ">", "value": 2}
    rule = group(IN_BERLIN, ON_PHONES, views, members("keen"), counted)
    evidence = Evidence.of([rule], facts=facts)
    assert [evidence.known_since(leaf) for leaf in rule.rules] == [
        NOW - 1,
        NOW,
        NOW - 2,
        NOW - 3,
        None,
    ]
    stranger = VisitorFacts(profile, context={}, segments=left, now=NOW)
    assert "segment.keen" not in Evidence.of([group(members("keen"))], facts=stranger).since
    past = VisitorFacts(profile, context=profile.context, segments=left, now=NOW)
    assert past.known_since(rule.rules[1]) is None
