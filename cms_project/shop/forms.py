"""The check-out's form."""

from django import forms
from django.utils.translation import gettext_lazy as _


class CheckoutForm(forms.Form):
    """Where the parcel goes, and a payment that moves no money."""

    name = forms.CharField(
        label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )
    payment = forms.ChoiceField(
        label=_("Payment"),
        choices=[("invoice", _("Invoice")), ("pretend", _("Pretend card"))],
        widget=forms.RadioSelect,
        initial="invoice",
    )
