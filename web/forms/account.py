"""Forms of a user's own business."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from users.models import User


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a user may change about himself; roles and names are the administrator's."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As the browser")), *settings.LANGUAGES],
        help_text=_("Dates and numbers follow it. Texts that are not translated yet stay in English."),
    )

    class Meta:
        model = User
        fields = ["theme", "language"]


class ThemeForm(forms.ModelForm):  # type: ignore[type-arg]
    """The theme alone, as the button in the frame sends it."""

    class Meta:
        model = User
        fields = ["theme"]


class TokenForm(forms.Form):
    """How long a token lives."""

    days = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("A year")), (0, _("Until it is revoked"))],
        initial=90,
    )

    def lifetime(self) -> timedelta | None:
        """None where it does not end by itself."""
        days: int = self.cleaned_data["days"]
        return timedelta(days=days) if days else None
