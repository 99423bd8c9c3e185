"""Sign-up, the account, and the visitor's choices."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from cms_project.accounts.forms import SignUpForm


@never_cache
def sign_up(request: HttpRequest) -> HttpResponse:
    """Create an account and log its owner in."""
    form = SignUpForm(request.POST or None)
    if form.is_valid():
        user = form.save()
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("accounts:welcome")
    return render(request, "accounts/sign_up.html", {"form": form})


@never_cache
@login_required
def account(request: HttpRequest, *, is_new: bool = False) -> HttpResponse:
    """Show the reader's own page."""
    return render(request, "accounts/account.html", {"is_new": is_new})
