"""Sign in, preferences and API tokens: a user's own business."""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from knox.models import AuthToken

from web.forms.account import PreferencesForm, ThemeForm, TokenForm
from web.requests import UserRequest, needs


class SignIn(LoginView):
    """The door: our own page, with the tries that are left before django-axes locks it."""

    template_name = "account/login.html"
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        credentials = {"username": self.request.POST.get("username", "")}
        left = max(settings.AXES_FAILURE_LIMIT - AxesProxyHandler.get_failures(self.request, credentials), 0)
        problem = _("The user name or the password is not right.")
        if 0 < left < settings.AXES_FAILURE_LIMIT:
            problem += " " + ngettext("%(left)s try is left.", "%(left)s tries are left.", left) % {"left": left}
        return self.render_to_response(self.get_context_data(form=form, problem=problem))


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any]) -> HttpResponse:
    """What django-axes answers instead of trying a password once more."""
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    problem = _(
        "Too many wrong passwords: signing in as this user from here is locked for %(minutes)s minutes. "
        "Wait, or ask an administrator to lift the lock."
    ) % {"minutes": minutes}
    form = AuthenticationForm(request, initial={"username": credentials.get("username", "")})
    return render(request, "account/login.html", {"form": form, "problem": problem, "locked": True}, status=429)


@needs()
@never_cache
@require_http_methods(["GET", "POST"])
def profile(request: UserRequest) -> HttpResponse:
    """Name, roles, preferences and tokens of the one who is signed in."""
    form = PreferencesForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Preferences saved."))
        return redirect("profile")
    return _profile(request, form=form)


@needs()
@require_POST
def theme(request: UserRequest) -> HttpResponse:
    """The theme button of the frame saves what was chosen."""
    form = ThemeForm(request.POST, instance=request.user)
    if not form.is_valid():
        return HttpResponse(_("A theme is light, dark, or blank for the system's."), status=400)
    form.save()
    return HttpResponse(status=204)


@needs()
@never_cache
@require_POST
def create_token(request: UserRequest) -> HttpResponse:
    """Make an API token. It is shown in this answer and never again: only its digest is kept."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _profile(request, token_form=form, status=400)
    _row, secret = AuthToken.objects.create(request.user, expiry=form.lifetime())
    return _profile(request, secret=secret)


@needs()
@require_POST
def revoke_token(request: UserRequest, token_key: str) -> HttpResponse:
    """End one of one's own tokens at once."""
    get_object_or_404(AuthToken, user=request.user, token_key=token_key).delete()
    messages.success(request, _("Token revoked. Programs that use it are refused from now on."))
    return redirect("profile")


def _profile(request: UserRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    context.setdefault("form", PreferencesForm(instance=request.user))
    context.setdefault("token_form", TokenForm())
    context["roles"] = request.user.groups.order_by("name")
    context["tokens"] = AuthToken.objects.filter(user=request.user).order_by("-created")
    return render(request, "account/profile.html", context, status=status)
