"""The magazine's URLs; its front page is a page of the CMS."""

from django.urls import path

from cms_project.magazine import views

app_name = "magazine"
urlpatterns = [
    path("stories/<slug:slug>/", views.topic, name="topic"),
    path("stories/<slug:topic>/<slug:slug>/", views.article, name="article"),
    path("search/", views.search, name="search"),
    path("newsletter/", views.subscribe, name="subscribe"),
    path("newsletter/thanks/", views.subscribed, name="subscribed"),
]
