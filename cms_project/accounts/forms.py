"""The sign-up form."""

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _


class SignUpForm(BaseUserCreationForm):
    """A name to greet with, a user name, a password."""

    first_name = forms.CharField(
        label=_("First name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )

    class Meta:
        model = User
        fields = ("first_name", "username")
