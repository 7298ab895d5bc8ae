"""What people arrange for themselves: views of lists, columns, and the files they had made."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class SavedView(models.Model):
    """A list under a name: its filters, columns, order and grouping, for oneself, a role or everyone (U40)."""

    class Audience(models.TextChoices):
        ME = "me", "Only me"
        ROLE = "role", "A role"
        EVERYONE = "everyone", "Everyone"

    listing = models.CharField(max_length=50)
    name = models.CharField(max_length=60)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.ME)
    role = models.ForeignKey("auth.Group", models.CASCADE, null=True, blank=True, related_name="+")
    state = models.JSONField(default=dict)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        permissions = [("share_savedview", "Can share views of lists")]
        constraints = [
            models.UniqueConstraint("owner", "listing", Lower("name"), name="saved_view_has_a_name_of_its_own"),
            models.CheckConstraint(
                name="saved_view_of_a_role_names_it",
                condition=Q(audience="role", role__isnull=False) | (~Q(audience="role") & Q(role=None)),
            ),
            models.CheckConstraint(name="saved_view_is_named", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class ListPreference(models.Model):
    """The columns somebody wants to see in a list, and the view it opens with."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    listing = models.CharField(max_length=50)
    columns = models.JSONField(default=list)
    default_view = models.ForeignKey(SavedView, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint("user", "listing", name="list_preference_is_unique")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.listing}"


class ExportedFile(models.Model):
    """A file that a job wrote; only who asked for it takes it, and only while the permissions it needed hold."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    job_id = models.UUIDField(unique=True)
    name = models.CharField(max_length=100)
    rows = models.IntegerField()
    permissions = models.JSONField(default=list)
    content = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.name
