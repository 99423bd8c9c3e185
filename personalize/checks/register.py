"""How a check of ours becomes one of Django's system checks."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.checks import CheckMessage, register

from personalize.conf import InvalidSettings, Settings, settings

Check = Callable[[Settings], Iterator[CheckMessage]]


def checked(*, deploy: bool = False) -> Callable[[Check], Check]:
    """Register a check that needs valid settings; what makes them invalid is reported by E001."""

    def decorate(check: Check) -> Check:
        def run(app_configs: Any, **_: Any) -> list[CheckMessage]:
            try:
                return list(check(settings()))
            except (InvalidSettings, AttributeError):
                return []

        run.__doc__ = check.__doc__  # not `wraps`: Django looks at the signature underneath
        register(run, "personalize", deploy=deploy)
        return check

    return decorate
