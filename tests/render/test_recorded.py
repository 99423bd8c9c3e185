"""Records of a page: one for each slot, not for what merely looks like one."""

from personalize.decide.decide import decide
from personalize.render.markers import SLOT, closing, opening
from personalize.render.outline import outline_of
from personalize.render.recorded import recorded
from personalize.render.slots import choice_markup, variant_markup
from tests.decide.plans import FROM_BERLIN
from tests.render.conftest import VisitMaker


def test_a_page_has_a_record_for_each_slot(visit: VisitMaker) -> None:
    berlin = variant_markup("berlin", rule=FROM_BERLIN, body="for Berlin")
    slot = f"{opening(SLOT, {'k': 'hero'})}default{berlin}{closing(SLOT)}"
    choice = choice_markup(rule=FROM_BERLIN, body="yes", default="no")
    content, berliner = f"{slot}{choice}{slot}".encode(), visit(city="Berlin")
    decided = decide(
        berliner.profile,
        berliner.context,
        outline_of(content, berliner.plan).slots,
        plan=berliner.plan,
        now=berliner.now,
        viewer=berliner.viewer,
    )
    (record,) = recorded(content, berliner, decided=decided)
    assert record.slot == "hero"
    assert record.decide_again()[:5] == decided["hero"][:5]
    assert record.evidence.answers == {"trait.city": "Berlin"}
