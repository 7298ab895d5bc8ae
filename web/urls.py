"""The pages."""

from django.contrib.auth import views
from django.urls import path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("login/", RedirectView.as_view(pattern_name="admin:login", query_string=True), name="login"),
    path("logout/", views.LogoutView.as_view(next_page="login"), name="logout"),
]
