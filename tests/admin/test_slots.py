"""The screens of slots and variants."""

import pytest
from django.urls import reverse
from django.utils import timezone

from personalize.models import Variant
from tests.factories import (
    ExperimentFactory,
    PlacementFactory,
    ShowingFactory,
    SlotFactory,
    TallyFactory,
    VariantFactory,
)


def form(slot, **fields):
    plain = {"name": "Hello", "slot": slot.pk, "audience": "", "priority": 100, "kind": "rich_text"}
    return {**plain, "content": "<p>Hi</p>", "template": "", "data": "", **fields}


def test_a_slot_lists_its_variants_and_says_how_templates_name_it(owner):
    variant = VariantFactory(name="For phones")

    page = owner.get(reverse("admin:personalize_slot_change", args=[variant.slot.pk]))

    assert "For phones" in page.content.decode()
    assert f"{{% slot &quot;{variant.slot.key}&quot;" in page.content.decode().replace(
        '"', "&quot;"
    )


@pytest.mark.parametrize("nothing", ["", "null", "{}"])
def test_no_audience_is_everybody(owner, nothing):
    fields = form(SlotFactory(), audience=nothing, data=nothing)
    owner.post(reverse("admin:personalize_variant_add"), fields)

    assert (Variant.objects.get().audience, Variant.objects.get().data) == ({}, {})


def test_an_audience_that_is_a_list_is_refused(owner):
    page = owner.post(reverse("admin:personalize_variant_add"), form(SlotFactory(), audience="[]"))

    assert "expected a group or a condition" in page.content.decode()


def test_a_variant_is_made_live_by_those_who_may_publish(owner):
    owner.post(reverse("admin:personalize_variant_add"), form(SlotFactory(), is_live="on"))

    assert Variant.objects.get().is_live


def test_without_the_permission_to_publish_a_variant_stays_a_draft_S15(staff):
    editor = staff("add_variant", "change_variant", "view_variant", "view_slot")

    editor.post(reverse("admin:personalize_variant_add"), form(SlotFactory(), is_live="on"))

    assert not Variant.objects.get().is_live


def test_without_it_what_is_live_is_neither_changed_nor_deleted_S15(staff):
    variant = VariantFactory(is_live=True)
    editor = staff("change_variant", "view_variant", "delete_variant")
    change = reverse("admin:personalize_variant_change", args=[variant.pk])
    chosen = {"action": "delete_selected", "_selected_action": [variant.pk], "post": "yes"}

    assert editor.post(change, form(variant.slot)).status_code == 403
    editor.post(reverse("admin:personalize_variant_changelist"), chosen)
    assert Variant.objects.filter(pk=variant.pk).exists()


def test_a_variant_that_ends_before_it_starts_is_refused(owner):
    schedule = {
        "starts_at_0": "2026-11-20", "starts_at_1": "12:00",
        "ends_at_0": "2026-11-19", "ends_at_1": "12:00",
    }  # fmt: skip

    page = owner.post(reverse("admin:personalize_variant_add"), form(SlotFactory(), **schedule))

    assert "must end after it starts" in page.content.decode()


def test_a_variant_without_the_content_of_its_kind_is_refused(owner):
    page = owner.post(reverse("admin:personalize_variant_add"), form(SlotFactory(), content=""))

    assert "This kind of variant needs it." in page.content.decode()


def test_the_templates_that_there_are_can_be_chosen_by_title(owner):
    page = owner.get(reverse("admin:personalize_variant_add")).content.decode()

    assert '<option value="teaser.html">Teaser: kicker, title, text</option>' in page


def test_a_template_that_is_gone_stays_chosen_and_is_refused(owner):
    variant = VariantFactory(kind="template", template="gone.html")
    url = reverse("admin:personalize_variant_change", args=[variant.pk])
    page = owner.get(url).content.decode()
    assert '<option value="gone.html" selected>gone.html (missing)</option>' in page

    fields = form(variant.slot, kind="template", template="gone.html")
    assert "There is no template" in owner.post(url, fields).content.decode()


def test_json_that_does_not_fit_the_slots_schema_is_refused_with_its_path(owner):
    schema = {"properties": {"price": {"type": "number"}}}
    fields = form(SlotFactory(schema=schema), kind="json", data='{"price": "much"}')
    answer = owner.post(reverse("admin:personalize_variant_add"), fields).content.decode()

    assert "price: &#x27;much&#x27; is not of type &#x27;number&#x27;" in answer
    assert not Variant.objects.exists()


def test_a_schema_that_is_none_is_refused(owner):
    slot = SlotFactory()
    url = reverse("admin:personalize_slot_change", args=[slot.pk])
    inline = {"variants-TOTAL_FORMS": 0, "variants-INITIAL_FORMS": 0}
    answer = owner.post(url, {"name": "Hero", "schema": '{"type": "thing"}', **inline})

    assert "type: &#x27;thing&#x27; is not valid" in answer.content.decode()


def test_a_slots_page_says_what_was_shown_to_whom_and_why(owner):
    slot = SlotFactory(key="hero")
    variant = VariantFactory(slot=slot, name="For readers")
    experiment = ExperimentFactory(slot=slot, name="Warmer")
    drawn = {"experiment": str(experiment.uuid), "arm": "warm", "reason": "split"}
    matched = ShowingFactory(slot="hero", variant=str(variant.uuid))
    split = ShowingFactory(slot="hero", variant=str(variant.uuid), **drawn)
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    counts = (("served", 3_000), ("reached", 900), ("seen", 200), ("clicked", 30))
    for metric, count in counts:
        TallyFactory(metric=metric, key=matched.exposure, hour=today, count=count)
    TallyFactory(metric="served", key=split.exposure, hour=today, count=1_000)
    PlacementFactory(slot="hero", path="/magazine/", served=12)

    page = owner.get(reverse("admin:personalize_slot_change", args=[slot.pk])).content.decode()

    assert "an experiment drew it: Warmer, arm warm" in page
    assert "its audience matched" in page
    for shown in ("3,000", "75 %", "900", "200", "7 %", "30", "15.0 %", "25 %"):
        assert f'<td class="px-number">{shown}</td>' in page, shown
    assert "/magazine/" in page
    assert "Clicked a day" in page


def test_a_slot_of_a_template_has_a_page_too(owner, staff):
    ShowingFactory(slot="teaser", variant="vip")
    address = reverse("admin:personalize_slot_shown")

    page = owner.get(address, {"slot": "teaser"}).content.decode()

    assert "Slot teaser" in page
    assert ">vip</th>" in page
    assert staff("view_segment").get(address, {"slot": "teaser"}).status_code == 403


def test_a_slot_that_was_never_shown_says_so(owner):
    page = owner.get(reverse("admin:personalize_slot_change", args=[SlotFactory().pk]))

    assert "Nothing of it was shown yet" in page.content.decode()
