"""The reference site's URLs: admin, `personalize`, magazine, shop, accounts, then the CMS."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.static import serve

urlpatterns = [
    path("admin/", admin.site.urls),
    path("personalize/", include("personalize.urls")),
    path("", include("cms_project.magazine.urls")),
    path("", include("cms_project.shop.urls")),
    path("", include("cms_project.accounts.urls")),
]
if settings.SERVE_MEDIA:
    urlpatterns.append(
        re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT})
    )
urlpatterns.append(path("", include("cms.urls")))
