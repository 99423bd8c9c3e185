"""Whose data a request may see and erase: what its cookie and its log-in prove."""

from django.http import HttpRequest

from personalize.collect.identity import identity_of
from personalize.models.visitor import IdentityLink


def subjects_of(request: HttpRequest) -> list[str]:
    """Return the subjects that are this person: browser, user, and the user's other browsers."""
    identity = identity_of(request)
    users = {identity.user_id} if identity and identity.user_id else set()
    if request.user.is_authenticated:
        users.add(str(request.user.pk))
    browser = [f"a:{identity.anonymous_id}"] if identity else []
    return with_browsers([*browser, *(f"u:{user_id}" for user_id in sorted(users))])


def with_browsers(subjects: list[str]) -> list[str]:
    """Return the subjects, and the browsers in which those of them who are users have logged in."""
    users = ids_of(subjects, kind="u")
    browsers = (f"a:{each}" for user_id in users for each in _browsers_of(user_id))
    return list(dict.fromkeys([*subjects, *browsers]))


def ids_of(subjects: list[str], *, kind: str) -> list[str]:
    """Return the bare ids of the subjects of one kind, "a" or "u"."""
    return [subject[2:] for subject in subjects if subject[0] == kind]


def _browsers_of(user_id: str) -> list[str]:
    links = IdentityLink.objects.filter(user_id=user_id, undone_at__isnull=True)
    return list(links.values_list("anonymous_id", flat=True).distinct())
