"""The form for a new journal batch."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class BatchForm(forms.Form):
    """Which journal, and the name of the batch; the verb that opens it says what is wrong with a name."""

    template = forms.ChoiceField(label=_("Journal"))
    name = forms.CharField(label=_("Batch name"), max_length=10, strip=True)

    def __init__(self, *args: Any, templates: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["template"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(templates)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if "/" in name:
            raise forms.ValidationError(_("The name is part of an address, so it cannot have a slash. Choose another."))
        return name
