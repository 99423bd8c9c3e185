"""A site that forgot to include the URLs of `personalize`."""

urlpatterns: list[object] = []
