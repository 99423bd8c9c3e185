"""The demo's staff and readers."""

from django.contrib.auth.models import Group, Permission, User

from personalize.roles import make_roles

EDITOR_MAY = (
    "cms",
    "pages",
    "magazine",
    "djangocms_text",
    "djangocms_versioning",
    "personalize",
    "filer",
)
READERS = {"ada": "Ada", "ben": "Ben", "chloe": "Chloé"}


def load_people(*, password: str) -> dict[str, int]:
    """Create `admin`, `editor` and a few readers with one password; existing ones stay."""
    _person("admin", first_name="Alma", password=password, is_staff=True, is_superuser=True)
    make_roles()
    editor = _person("editor", first_name="Edda", password=password, is_staff=True)
    editors, _ = Group.objects.get_or_create(name="Editors")
    editors.permissions.set(Permission.objects.filter(content_type__app_label__in=EDITOR_MAY))
    editor.groups.add(editors)
    for username, first_name in READERS.items():
        _person(username, first_name=first_name, password=password)
    return {"users": User.objects.count()}


def _person(username: str, *, first_name: str, password: str, **flags: bool) -> User:
    person, is_new = User.objects.get_or_create(
        username=username, defaults={"first_name": first_name, **flags}
    )
    if is_new:
        person.set_password(password)
        person.save()
    return person
