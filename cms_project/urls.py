"""The reference site's URLs: the admin, `personalize`, the shop, and the pages of the CMS."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("personalize/", include("personalize.urls")),
    path("", include("cms.urls")),
]
