"""Every factory makes a row that its model accepts, and every model has one."""

import pytest
from django.apps import apps
from factory.django import DjangoModelFactory

from tests import factories

FACTORIES = {
    factory._meta.model: factory
    for factory in vars(factories).values()
    if isinstance(factory, type)
    and issubclass(factory, DjangoModelFactory)
    and factory is not DjangoModelFactory
}


@pytest.mark.django_db
@pytest.mark.parametrize("factory", FACTORIES.values(), ids=lambda factory: factory.__name__)
def test_a_factory_makes_a_valid_row(factory):
    row = factory()
    row.clean_fields(exclude=["password", "properties", "purposes", "traits", "context"])


def test_every_model_has_a_factory():
    models = apps.get_app_config("personalize").get_models()
    stored = {model for model in models if model._meta.managed and not model._meta.proxy}
    assert stored <= FACTORIES.keys()
