"""The management API: segments, slots, variants, experiments, and visitors to read."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError as ModelFault
from django.db import transaction
from django.db.models import Model, ProtectedError
from django.utils import timezone
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema
from redis.exceptions import RedisError
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ParseError, PermissionDenied, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet, ReadOnlyModelViewSet

from personalize import revisions
from personalize.api.access import (
    ExactFilter,
    ModelPermissions,
    Pages,
    RecentFirst,
    ViewPermission,
    authentications,
)
from personalize.api.serializers import (
    CountRequestSerializer,
    CountSerializer,
    ExperimentSerializer,
    ProfileSerializer,
    SegmentSerializer,
    SlotSerializer,
    VariantSerializer,
    VisitorSerializer,
)
from personalize.models import Experiment, Segment, Slot, Variant, Visitor
from personalize.rules.describe import describe, describe_behaviour
from personalize.rules.syntax import parse
from personalize.segment.counts import count
from personalize.segment.intern import backfilled, counted_since
from personalize.segment.usage import usages


class InUse(APIException):
    """The row cannot be deleted; the answer lists what uses it."""

    status_code = status.HTTP_409_CONFLICT


class StoreUnavailable(APIException):
    """Redis does not answer, so that profiles cannot be asked."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "Redis does not answer."


class Managed(APIView):
    """What all views of the management API have in common, whatever a site's own API does."""

    authentication_classes: Any = authentications()
    permission_classes: Any = (ModelPermissions,)
    pagination_class: Any = Pages
    filter_backends: Any = (ExactFilter,)
    schema: Any = AutoSchema()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep what a request changes as one change of its caller."""
        if request.method in SAFE_METHODS or request.method == "DELETE":
            return super().dispatch(request, *args, **kwargs)
        queryset, field = getattr(self, "queryset", None), getattr(self, "lookup_field", "")
        if queryset is not None and field in kwargs:
            revisions.note_before(queryset.filter(**{field: kwargs[field]}))
        with revisions.recorded():
            answer = super().dispatch(request, *args, **kwargs)
            revisions.sign(self.request.user)
            return answer

    def handle_exception(self, exc: Exception) -> Response:
        """Say that Redis is away where a live profile was to be read, or a body too deep."""
        if isinstance(exc, RedisError):
            exc = StoreUnavailable()
        elif isinstance(exc, RecursionError):
            exc = ParseError("The JSON is nested too deeply.")
        return super().handle_exception(exc)


class SegmentViewSet(Managed, ModelViewSet[Segment]):
    """Segments: named sets of visitors."""

    queryset = Segment.objects.all()
    serializer_class = SegmentSerializer
    lookup_field = "uuid"
    filter_fields: ClassVar = {"slug": "slug", "kind": "kind", "is_live": "is_live"}

    def perform_destroy(self, instance: Segment) -> None:
        """Delete the segment, unless a rule names it."""
        refuse_when_used([str(use) for use in usages(instance)])
        delete(instance, by=self.request.user)

    @extend_schema(request=CountRequestSerializer, responses=CountSerializer)
    @action(detail=False, methods=["post"], url_path="count", permission_classes=[ViewPermission])
    def count_rule(self, request: Request) -> Response:
        """Count the visitors that a rule reaches, saved or not, and say the rule in words."""
        asked = CountRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        rule = parse(asked.validated_data["rule"])
        counted, whole = count(rule), backfilled(rule)
        answer = {
            "matched": counted.matched,
            "visitors": counted.visitors,
            "percent": counted.percent,
            "is_sample": counted.is_sample,
            "is_of_lake": counted.is_of_lake,
            "margin": counted.margin,
            "sentence": describe(rule),
            "behaviours": [
                {
                    "behaviour": describe_behaviour(behaviour),
                    "counted_since": since,
                    "is_backfilled": behaviour in whole,
                }
                for behaviour, since in counted_since(rule).items()
            ],
        }
        return Response(CountSerializer(answer).data)


class SlotViewSet(Managed, ModelViewSet[Slot]):
    """Slots: places in pages and templates that can vary."""

    queryset = Slot.objects.all()
    serializer_class = SlotSerializer
    lookup_field = "key"
    lookup_value_regex = r"[a-z0-9._-]+"
    filter_fields: ClassVar = {"name": "name"}

    def perform_destroy(self, instance: Slot) -> None:
        """Delete the slot and its variants, unless an experiment is about it."""
        try:
            delete(instance, by=self.request.user)
        except ProtectedError as error:
            refuse_when_used([f"experiment “{row}”" for row in error.protected_objects])


class VariantViewSet(Managed, ModelViewSet[Variant]):
    """Variants: alternative content for a slot."""

    queryset = Variant.objects.select_related("slot")
    serializer_class = VariantSerializer
    lookup_field = "uuid"
    filter_fields: ClassVar = {"slot": "slot__key", "kind": "kind", "is_live": "is_live"}

    def perform_destroy(self, instance: Variant) -> None:
        """Delete the variant; a live one only by those who may publish."""
        if instance.is_live and not self.request.user.has_perm("personalize.publish_variant"):
            raise PermissionDenied("You may not delete a variant that is live.")
        delete(instance, by=self.request.user)


class ExperimentViewSet(Managed, ModelViewSet[Experiment]):
    """Experiments: randomised comparisons of variants in a slot."""

    queryset = Experiment.objects.select_related("slot").prefetch_related("arms")
    serializer_class = ExperimentSerializer
    lookup_field = "uuid"
    filter_fields: ClassVar = {"slot": "slot__key", "status": "status"}

    def perform_destroy(self, instance: Experiment) -> None:
        """Delete the experiment, unless it is running."""
        if instance.is_running:
            raise InUse({"detail": "The experiment is running; stop it first."})
        delete(instance, by=self.request.user)

    @extend_schema(request=None, responses=ExperimentSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, uuid: str) -> Response:
        """Start assigning visitors."""
        return self._turn(request, "start", at=timezone.now())

    @extend_schema(request=None, responses=ExperimentSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, uuid: str) -> Response:
        """Stop assigning visitors."""
        return self._turn(request, "stop")

    def _turn(self, request: Request, method: str, **arguments: Any) -> Response:
        experiment = self.get_object()
        if not request.user.has_perm("personalize.change_experiment"):
            raise PermissionDenied
        try:
            getattr(experiment, method)(**arguments)
        except ModelFault as error:
            raise ValidationError({"detail": error.messages}) from error
        return Response(self.get_serializer(experiment).data)


class VisitorViewSet(Managed, ReadOnlyModelViewSet[Visitor]):
    """Visitors, read only; one visitor's profile needs the permission to see profiles."""

    queryset = Visitor.objects.prefetch_related("memberships__segment")
    lookup_field = "uuid"
    pagination_class = RecentFirst
    filter_fields: ClassVar = {"is_bot": "is_bot", "segment": "memberships__segment__slug"}

    def get_serializer_class(self) -> type[BaseSerializer[Visitor]]:
        """Lists hold nothing personal."""
        return ProfileSerializer if self.action == "retrieve" else VisitorSerializer

    def check_permissions(self, request: Request) -> None:
        """Ask for the permission to see profiles where one is shown."""
        super().check_permissions(request)
        if self.action == "retrieve" and not request.user.has_perm("personalize.view_profile"):
            raise PermissionDenied("You may not see profiles.")


@transaction.atomic
def delete(row: Model, *, by: Any) -> None:
    """Delete a row, and keep it to be brought back."""
    revisions.note_deletion(row, by=by)
    row.delete()


def refuse_when_used(used_by: list[str]) -> None:
    """Answer 409 with the list of what uses the row, if anything does."""
    if used_by:
        raise InUse({"detail": "It is in use.", "used_by": used_by})
