"""A choice is taken with its proof, wherever it comes from."""

import pytest
from django.http import HttpResponse

from personalize.models import ConsentRecord
from personalize.views.choice import keep, take

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["banner", "page"])
def test_the_proof_names_what_was_granted_and_where(rf, method) -> None:
    request = rf.post("/")
    chosen = frozenset({"marketing"})
    made = take(request, chosen=chosen, method=method)
    response = HttpResponse()
    keep(request, response, chosen=chosen, consent=made)

    assert made.purposes == chosen
    assert ConsentRecord.objects.get().method == method
    assert response.cookies["px_consent"].value == "1.marketing"
    assert "px" not in response.cookies  # nothing names a browser that refused statistics
