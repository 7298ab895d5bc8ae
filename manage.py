#!/usr/bin/env python
"""Django's entry point; without DATABASE_URL it uses the servers that `make run` has started."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    if not (os.environ.get("DATABASE_URL") or os.environ.get("DJANGO_SETTINGS_MODULE")):
        from devstack.guard import running_environment

        for name, value in running_environment().items():
            os.environ.setdefault(name, value)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)
