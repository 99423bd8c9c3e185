"""The reference site's addresses, and those of djangocms-rest."""

from django.urls import include, path

from cms_project.urls import urlpatterns as of_the_site

urlpatterns = [path("api/", include("djangocms_rest.urls")), *of_the_site]
