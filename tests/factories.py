"""Rows for tests, one class a model."""

import uuid
from datetime import UTC, date, datetime, timedelta

import factory
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from factory.django import DjangoModelFactory

from personalize import models

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class UserFactory(DjangoModelFactory):
    """A member of staff with the permissions named by `permissions=["view_segment", …]`."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence("editor{}".format)
    is_staff = True

    @factory.post_generation
    def permissions(self, create, codenames, **kwargs):
        """Grant the permissions; each has to exist."""
        for codename in codenames or ():
            self.user_permissions.add(
                Permission.objects.get(content_type__app_label="personalize", codename=codename)
            )


class SegmentFactory(DjangoModelFactory):
    class Meta:
        model = models.Segment

    name = factory.Sequence("Segment {}".format)
    slug = factory.Sequence("segment-{}".format)


class SlotFactory(DjangoModelFactory):
    class Meta:
        model = models.Slot

    key = factory.Sequence("slot-{}".format)


class VariantFactory(DjangoModelFactory):
    class Meta:
        model = models.Variant

    slot = factory.SubFactory(SlotFactory)
    name = factory.Sequence("Variant {}".format)
    content = "<p>Hello</p>"


class ExperimentFactory(DjangoModelFactory):
    class Meta:
        model = models.Experiment

    slot = factory.SubFactory(SlotFactory)
    name = factory.Sequence("Experiment {}".format)


class ArmFactory(DjangoModelFactory):
    class Meta:
        model = models.Arm

    experiment = factory.SubFactory(ExperimentFactory)
    key = factory.Sequence("arm-{}".format)


class VisitorFactory(DjangoModelFactory):
    class Meta:
        model = models.Visitor

    subject = factory.LazyFunction(lambda: f"a:{uuid.uuid4().hex}")
    first_seen_at = NOON
    last_seen_at = NOON
    events = 1
    sessions = 1


class SourceFactory(DjangoModelFactory):
    class Meta:
        model = models.Source

    name = factory.Sequence("source-{}".format)
    key_hash = factory.Sequence("{:064}".format)
    key_hint = "abcd…"


class QuarantinedEventFactory(DjangoModelFactory):
    class Meta:
        model = models.QuarantinedEvent

    stream_position = factory.Sequence("{:020}".format)
    reason = "error"
    raw = b"{}"


class EventDefinitionFactory(DjangoModelFactory):
    class Meta:
        model = models.EventDefinition

    name = factory.Sequence("Event {}".format)


class TraitFactory(DjangoModelFactory):
    """An identified trait."""

    class Meta:
        model = models.Trait

    key = factory.Sequence("trait_{}".format)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = models.Membership

    visitor = factory.SubFactory(VisitorFactory)
    segment = factory.SubFactory(SegmentFactory)
    entered_at = NOON


class SegmentSizeFactory(DjangoModelFactory):
    class Meta:
        model = models.SegmentSize

    segment = factory.SubFactory(SegmentFactory)
    counted_at = NOON
    visitors = 0


class SegmentPortraitFactory(DjangoModelFactory):
    class Meta:
        model = models.SegmentPortrait

    segment = factory.SubFactory(SegmentFactory)
    made_at = NOON
    asked = 100
    members = 10
    shared = {"0": 4}  # with a segment that is gone
    composition = {"device": {"mobile": 10}}
    contents = [{"path": "/", "members": 10}]


class DecisionSampleFactory(DjangoModelFactory):
    class Meta:
        model = models.DecisionSample

    subject = "a:visitor"
    path = "/"
    slot = "hero"
    reason = "default"
    plan_version = 7
    decided_at = NOON
    record = b"record"


class ShowingFactory(DjangoModelFactory):
    class Meta:
        model = models.Showing

    exposure = factory.Sequence("{:012x}".format)
    slot = factory.Sequence("slot-{}".format)
    reason = "targeting_match"
    last_served_on = NOON.date()


class PlacementFactory(DjangoModelFactory):
    class Meta:
        model = models.Placement

    slot = factory.Sequence("slot-{}".format)
    path = factory.Sequence("/{}/".format)
    last_served_on = NOON.date()


class TallyFactory(DjangoModelFactory):
    class Meta:
        model = models.Tally

    hour = NOON
    metric = "events"
    key = factory.Sequence("Event {}".format)
    count = 1


class IdentityLinkFactory(DjangoModelFactory):
    class Meta:
        model = models.IdentityLink

    anonymous_id = factory.Sequence("{:032x}".format)
    user_id = factory.Sequence(str)
    proof = models.IdentityLink.Proof.LOGIN
    linked_at = NOON


class ConsentRecordFactory(DjangoModelFactory):
    class Meta:
        model = models.ConsentRecord

    purposes = factory.LazyFunction(dict)
    method = models.ConsentRecord.Method.BANNER
    text_version = "1"


class ErasureFactory(DjangoModelFactory):
    class Meta:
        model = models.Erasure

    subject_hash = factory.Sequence("{:064x}".format)


class LakeErasureFactory(DjangoModelFactory):
    class Meta:
        model = models.LakeErasure

    subject = factory.Sequence("a:{:032x}".format)


class CleaningPolicyFactory(DjangoModelFactory):
    class Meta:
        model = models.CleaningPolicy

    source = factory.Sequence("shop-{}".format)


class PropertyStatisticsFactory(DjangoModelFactory):
    class Meta:
        model = models.PropertyStatistics

    event = "Product Viewed"
    property = factory.Sequence("property_{}".format)
    computed_at = NOON


class DataQualityReportFactory(DjangoModelFactory):
    class Meta:
        model = models.DataQualityReport

    day = factory.Sequence(lambda number: date(2026, 1, 1) + timedelta(days=number))
    is_ok = True
    findings = {"law": []}


class JobFactory(DjangoModelFactory):
    class Meta:
        model = models.Job

    kind = models.Job.Kind.REBUILD
