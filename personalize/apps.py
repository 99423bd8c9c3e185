"""The Django app: starts nothing, connects the checks and the configuration's version."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonalizeConfig(AppConfig):
    """The domain of personalization."""

    name = "personalize"
    verbose_name = _("Personalization")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what Django tells us of."""
        from django.contrib.auth.signals import user_logged_in, user_logged_out
        from django.db.models.signals import post_delete, post_migrate, post_save

        from personalize import metrics, revisions
        from personalize.checks import configuration, middleware, site, variants  # noqa: F401
        from personalize.measure import gather
        from personalize.models import Arm, Experiment, Segment, Slot, Trait, Variant
        from personalize.models.cleaning import CleaningPolicy, register_browser_policy
        from personalize.models.event_definition import EventDefinition, register_standard_events
        from personalize.profile.store import configuration_changed
        from personalize.segment.intern import intern_on_save
        from personalize.segment.refresh import ask_for_everybody
        from personalize.views.login import forget_on_logout, link_on_login

        metrics.on_first_use(gather.start)
        if revisions.is_kept():
            revisions.keep_history()
        user_logged_in.connect(link_on_login, dispatch_uid="personalize.link_on_login")
        user_logged_out.connect(forget_on_logout, dispatch_uid="personalize.forget_on_logout")
        post_migrate.connect(
            register_standard_events, sender=self, dispatch_uid="personalize.standard_events"
        )
        post_migrate.connect(
            register_browser_policy, sender=self, dispatch_uid="personalize.browser_policy"
        )
        configured = (Segment, Slot, Variant, Experiment, Arm, Trait, EventDefinition)
        for changed in (post_save, post_delete):
            for model in (*configured, CleaningPolicy):
                changed.connect(
                    configuration_changed, sender=model, dispatch_uid="personalize.configuration"
                )
            changed.connect(ask_for_everybody, sender=Segment, dispatch_uid="personalize.refresh")
        for model in (Segment, Variant, Experiment):
            post_save.connect(intern_on_save, sender=model, dispatch_uid="personalize.intern")
