"""All pages."""

from django.contrib.auth import views as auth
from django.urls import path

from web.views import account, home, journals

urlpatterns = [
    path("", home.home, name="home"),
    path("login/", account.SignIn.as_view(), name="login"),
    path("logout/", auth.LogoutView.as_view(next_page="login"), name="logout"),
    path("profile/", account.profile, name="profile"),
    path("profile/theme/", account.theme, name="theme"),
    path("profile/tokens/", account.create_token, name="create-token"),
    path("profile/tokens/<str:token_key>/revocation/", account.revoke_token, name="revoke-token"),
    path("journals/", journals.journals, name="journals"),
    path("journals/<str:template>/<str:batch>/", journals.journal, name="journal"),
]
