"""People and roles; what a role may do stands in `users/roles.py`."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from users.models import User
from work.back_office import BackOffice, ReadOnly

admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, BackOffice):  # type: ignore[type-arg]
    """Nobody is deleted, since the books name who posted: a user who left is made inactive."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_staff")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Preferences", {"fields": ("theme", "language")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only an administrator makes administrators, or hands out roles."""
        return () if request.user.is_superuser else ("is_staff", "is_superuser", "groups", "last_login", "date_joined")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody but an administrator changes an administrator."""
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and (request.user.is_superuser or not (obj is not None and obj.is_superuser))


@admin.register(Group)
class RoleAdmin(ReadOnly):
    list_display = ("name",)
    ordering = ("name",)
    exclude = ("permissions",)
    readonly_fields = ("grants",)

    @admin.display(description="Permissions")
    def grants(self, role: Group) -> str:
        """What the role may do, in one statement."""
        named = ("content_type__app_label", "codename")
        granted = role.permissions.order_by("content_type", "codename").values_list(*named)
        return ", ".join(f"{app}.{name}" for app, name in granted)
