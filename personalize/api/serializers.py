"""What the management API shows and takes of each model."""

from typing import Any

from django.core.exceptions import ValidationError as ModelFault
from django.db import transaction
from rest_framework import serializers

from personalize.api.fields import RuleField, told
from personalize.models import Arm, Experiment, Membership, Segment, Slot, Variant, Visitor
from personalize.rules.describe import describe
from personalize.rules.syntax import parse


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    """A segment; rules and templates name its slug, which therefore stays as it was made."""

    rule = RuleField(required=False)
    sentence = serializers.SerializerMethodField(help_text="The rule in words.")

    class Meta:
        model = Segment
        fields = (
            "uuid", "slug", "name", "description", "kind", "rule", "sentence", "is_live",
            "created_at", "updated_at",
        )  # fmt: skip

    def get_sentence(self, segment: Segment) -> str:
        """Return the rule in words."""
        return describe(parse(segment.rule))

    def validate_slug(self, slug: str) -> str:
        """Refuse to rename what rules refer to."""
        if self.instance and slug != self.instance.slug:
            raise serializers.ValidationError("Rules name the slug, so it cannot change.")
        return slug

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a rule that names a segment that there is not, or its own."""
        slug = self.instance.slug if self.instance else attrs["slug"]
        if faults := Segment(slug=slug, rule=attrs.get("rule")).wrong_names():
            raise serializers.ValidationError({"rule": told(faults)})
        return attrs


class SlotSerializer(serializers.ModelSerializer[Slot]):
    """A slot."""

    class Meta:
        model = Slot
        fields = ("key", "name", "description", "schema", "created_at")

    def validate_key(self, key: str) -> str:
        """Refuse to rename what templates refer to."""
        if self.instance and key != self.instance.key:
            raise serializers.ValidationError("Templates name the key, so it cannot change.")
        return key

    def validate_schema(self, schema: Any) -> Any:
        """Refuse a schema that the slot's variants do not fit."""
        if self.instance:
            try:
                Slot(pk=self.instance.pk, schema=schema).clean()
            except ModelFault as error:
                raise serializers.ValidationError(error.messages) from error
        return schema


class VariantSerializer(serializers.ModelSerializer[Variant]):
    """A variant. Who makes one live, or changes a live one, needs the permission to publish."""

    slot = serializers.SlugRelatedField(slug_field="key", queryset=Slot.objects.all())
    audience = RuleField(required=False)
    data: Any = serializers.JSONField(required=False)

    class Meta:
        model = Variant
        fields = (
            "uuid", "slot", "name", "audience", "priority", "group", "starts_at", "ends_at",
            "is_live", "kind", "content", "template", "data", "updated_at",
        )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Apply the model's own rules, and the permission to publish."""
        was_live = bool(self.instance and self.instance.is_live)
        if was_live or attrs.get("is_live"):
            self._require_publishing()
        kept = {f.name: getattr(self.instance, f.name) for f in _columns()} if self.instance else {}
        try:
            candidate = Variant(**{**kept, **attrs})
            candidate.clean()
            candidate.validate_constraints()
        except ModelFault as error:
            raise serializers.ValidationError(serializers.as_serializer_error(error)) from error
        return attrs

    def _require_publishing(self) -> None:
        if not self.context["request"].user.has_perm("personalize.publish_variant"):
            raise serializers.ValidationError(
                {"is_live": "You may not publish variants, or change those that are live."}
            )


def _columns() -> list[Any]:
    return list(Variant._meta.concrete_fields)


class ArmSerializer(serializers.ModelSerializer[Arm]):
    """An arm; its variant is empty for the control."""

    class Meta:
        model = Arm
        fields = ("key", "variant_uuid", "weight")


class ExperimentSerializer(serializers.ModelSerializer[Experiment]):
    """An experiment with its arms. What decides who sees what cannot change while it runs."""

    slot = serializers.SlugRelatedField(slug_field="key", queryset=Slot.objects.all())
    audience = RuleField(required=False)
    arms = ArmSerializer(many=True, required=False)

    class Meta:
        model = Experiment
        fields = (
            "uuid", "name", "slot", "status", "audience", "traffic_percent", "arms", "started_at",
        )  # fmt: skip
        read_only_fields = ("status", "started_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what would move visitors between the arms of a running experiment."""
        if (
            self.instance
            and self.instance.is_running
            and attrs.keys() & {"slot", "arms", "audience", "traffic_percent"}
        ):
            raise serializers.ValidationError("The experiment runs: only its name can change.")
        keys = [arm["key"] for arm in attrs.get("arms", [])]
        if len(keys) != len(set(keys)):
            raise serializers.ValidationError({"arms": "Each arm needs a key of its own."})
        return attrs

    @transaction.atomic
    def create(self, validated: dict[str, Any]) -> Experiment:
        """Create the experiment, then its arms in the order given."""
        arms = validated.pop("arms", [])
        experiment: Experiment = super().create(validated)
        return _with_arms(experiment, arms)

    @transaction.atomic
    def update(self, experiment: Experiment, validated: dict[str, Any]) -> Experiment:
        """Change the experiment; arms are replaced as a whole when given."""
        arms = validated.pop("arms", None)
        experiment = super().update(experiment, validated)
        if arms is None:
            return experiment
        experiment.arms.all().delete()
        return _with_arms(experiment, arms)


def _with_arms(experiment: Experiment, arms: list[dict[str, Any]]) -> Experiment:
    for arm in arms:
        experiment.arms.create(**arm)
    return experiment


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    """A stay in a segment."""

    segment = serializers.SlugRelatedField[Segment](slug_field="slug", read_only=True)

    class Meta:
        model = Membership
        fields = ("segment", "entered_at", "exited_at")


class VisitorSerializer(serializers.ModelSerializer[Visitor]):
    """A visitor without anything personal."""

    class Meta:
        model = Visitor
        fields = (
            "uuid",
            "first_seen_at",
            "last_seen_at",
            "events",
            "sessions",
            "is_bot",
            "flushed_at",
        )


class ProfileSerializer(serializers.ModelSerializer[Visitor]):
    """A visitor with traits, context and segments: for those who may see profiles."""

    memberships = MembershipSerializer(many=True, read_only=True)

    class Meta:
        model = Visitor
        fields = (
            "uuid", "subject", "first_seen_at", "last_seen_at", "events", "sessions", "is_bot",
            "traits", "context", "memberships", "flushed_at",
        )  # fmt: skip


class CountRequestSerializer(serializers.Serializer[Any]):
    """The rule to count."""

    rule = RuleField()


class CountedSerializer(serializers.Serializer[Any]):
    """Since when a behaviour of a rule is counted; what was before only where it is backfilled."""

    behaviour = serializers.CharField(help_text="What is counted, in words.")
    counted_since = serializers.DateTimeField(
        allow_null=True, help_text="Null: it is not counted before a rule with it is saved."
    )
    is_backfilled = serializers.BooleanField(
        help_text="Whether what was before is counted too, from the lake's first event on."
    )


class CountSerializer(serializers.Serializer[Any]):
    """How many visitors a rule reaches."""

    matched = serializers.IntegerField(help_text="The visitors that the rule reaches.")
    visitors = serializers.IntegerField(
        help_text="The known visitors who are not bots, or of very many a sample."
    )
    percent = serializers.FloatField()
    is_sample = serializers.BooleanField(help_text="Whether the numbers come from a sample.")
    is_of_lake = serializers.BooleanField(
        help_text="Whether all events were asked: then `counted_since` matters to no number."
    )
    margin = serializers.FloatField(
        help_text="By how many points the percentage of all may differ (95 % confidence)."
    )
    sentence = serializers.CharField(help_text="The rule in words.")
    behaviours = CountedSerializer(many=True)
