"""The account's URLs."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.generic import RedirectView

from cms_project.accounts import views

app_name = "accounts"
urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/welcome/", views.account, {"is_new": True}, name="welcome"),
    path("account/sign-up/", views.sign_up, name="sign_up"),
    path("account/log-in/", LoginView.as_view(template_name="accounts/log_in.html"), name="log_in"),
    path("account/log-out/", LogoutView.as_view(next_page="/"), name="log_out"),
    path("choices/", RedirectView.as_view(pattern_name="personalize:my_data"), name="choices"),
]
