import uuid

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import personalize.cms.models
import personalize.models.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        # By hand: the oldest state that the plugins need, so that django CMS 5.0.8 can migrate too.
        ("cms", "0034_remove_pagecontent_placeholders"),
    ]

    operations = [
        migrations.CreateModel(
            name="PageSlot",
            fields=[
                (
                    "cmsplugin_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        related_name="%(app_label)s_%(class)s",
                        serialize=False,
                        to="cms.cmsplugin",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "key",
                    models.CharField(
                        default=personalize.cms.models.random_key,
                        help_text="How reports and experiments name the slot. The same in every version of the page.",
                        max_length=100,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9][a-z0-9._-]{0,99}\\Z",
                                "Lower-case letters, digits, . _ and - only.",
                            )
                        ],
                        verbose_name="key",
                    ),
                ),
            ],
            options={
                "verbose_name": "slot in a page",
                "verbose_name_plural": "slots in pages",
            },
            bases=("cms.cmsplugin",),
        ),
        migrations.CreateModel(
            name="PageVariant",
            fields=[
                (
                    "cmsplugin_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        related_name="%(app_label)s_%(class)s",
                        serialize=False,
                        to="cms.cmsplugin",
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "segments",
                    personalize.models.fields.SegmentsField(
                        blank=True,
                        default=list,
                        help_text="Visitors in any of these see it.",
                        verbose_name="segments",
                    ),
                ),
                (
                    "audience",
                    personalize.models.fields.RuleField(
                        blank=True,
                        default=dict,
                        help_text="A rule that must hold as well. With neither, everybody sees the variant.",
                        verbose_name="audience",
                    ),
                ),
                (
                    "priority",
                    models.SmallIntegerField(
                        default=100,
                        help_text="Of the variants that match, the lowest number wins.",
                        verbose_name="priority",
                    ),
                ),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="starts")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="ends")),
            ],
            options={
                "verbose_name": "variant in a page",
                "verbose_name_plural": "variants in pages",
            },
            bases=("cms.cmsplugin",),
        ),
    ]
