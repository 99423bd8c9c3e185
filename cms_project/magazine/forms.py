"""The newsletter's form."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cms_project.magazine.models import Subscriber


class NewsletterForm(forms.Form):
    """One address."""

    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def subscribe(self) -> None:
        """Store the address, once."""
        Subscriber.objects.get_or_create(email=self.cleaned_data["email"].lower())
