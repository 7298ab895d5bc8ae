"""Who may log in."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person or a system that works with Stockledger, with what it prefers to look at."""

    class Theme(models.TextChoices):
        SYSTEM = "", "As the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    theme = models.CharField(max_length=10, choices=Theme, blank=True, default=Theme.SYSTEM)
    language = models.CharField(max_length=10, blank=True, default="")
