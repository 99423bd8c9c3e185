"""The addresses of the management API, to be included below `api/`."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from personalize.api import views
from personalize.api.schema import SchemaView

router = SimpleRouter()
router.register("segments", views.SegmentViewSet, basename="api-segment")
router.register("slots", views.SlotViewSet, basename="api-slot")
router.register("variants", views.VariantViewSet, basename="api-variant")
router.register("experiments", views.ExperimentViewSet, basename="api-experiment")
router.register("visitors", views.VisitorViewSet, basename="api-visitor")

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("", include(router.urls)),
]
