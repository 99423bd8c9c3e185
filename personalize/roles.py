"""The roles of people at the admin and the API, as groups with permissions.

`personalize_roles` makes the groups; from then on they are the site's own, to change as it likes.
"""

from collections.abc import Iterable, Mapping

from django.contrib.auth.models import Group, Permission

LABELS = ("personalize", "personalize_cms")
VIEW, WRITE = ("view",), ("view", "add", "change", "delete")
CONFIGURATION = ("segment", "trait", "slot", "variant", "experiment", "eventdefinition")
REPORTS = ("dashboard", "job")


def _on(actions: Iterable[str], *models: str) -> set[str]:
    return {f"{action}_{model}" for action in actions for model in models}


_READER = _on(VIEW, *CONFIGURATION, *REPORTS)
_PLUGINS = _on(WRITE, "pageslot", "pagevariant", "mergetag")

# Codenames of permissions of `personalize` and, where it is installed, of `personalize.cms`.
ROLES: Mapping[str, frozenset[str]] = {
    # content for audiences, from the draft to the page
    "Editor": frozenset(
        _READER | _on(WRITE, "segment", "trait", "slot", "variant") | _PLUGINS | {"publish_variant"}
    ),
    # reads what there is, and takes events to other tools; sees nobody's profile
    "Analyst": frozenset(
        _READER
        | _on(VIEW, "visitor", "cleaningpolicy", "propertystatistics", "dataqualityreport")
        | {"export_events"}
    ),
    # audiences and experiments; content only as a draft
    "Marketer": frozenset(
        _READER | _on(WRITE, "segment", "variant", "experiment") | _on(("view",), "visitor")
    ),
    # people's rights over what is known of them
    "Privacy officer": frozenset(
        _on(VIEW, "dashboard", "job", "visitor", "consentrecord", "erasure", "identitylink")
        | _on(VIEW, "decisionsample")
        | _on(VIEW, "cleaningpolicy", "source", "quarantinedevent", "dataqualityreport")
        | {"view_profile", "export_profile", "erase_profile", "view_raw_events"}
    ),
    # what comes in, and how it is made into what rules ask for; what pages show only as a whole, by
    # carrying a configuration from one site to the next
    "Developer": frozenset(
        _READER
        | _on(WRITE, "trait", "slot", "source", "eventdefinition", "cleaningpolicy")
        | _on(VIEW, "visitor", "propertystatistics", "dataqualityreport", "quarantinedevent")
        | _on(VIEW, "configuration")
        | {"view_raw_events", "replay_events", "rebuild_profiles", "import_configuration"}
    ),
}


def make_roles(*, with_missing: bool = False) -> dict[str, int | None]:
    """Make the groups that are not there, and return how many permissions each was given.

    None stands for a group that is there: it is the site's own, and left alone. With `with_missing`
    it gets the permissions of its role that it lacks; nothing is ever taken away.
    """
    made: dict[str, int | None] = {}
    for role, codenames in ROLES.items():
        group, is_new = Group.objects.get_or_create(name=role)
        if not is_new and not with_missing:
            made[role] = None
            continue
        held = set(group.permissions.values_list("pk", flat=True))
        lacking = [each for each in _permissions(codenames) if each.pk not in held]
        group.permissions.add(*lacking)
        made[role] = len(lacking)
    return made


def _permissions(codenames: Iterable[str]) -> list[Permission]:
    return list(
        Permission.objects.filter(content_type__app_label__in=LABELS, codename__in=list(codenames))
    )
