#!/usr/bin/env python
"""Run Django's commands for the reference site."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms_project.settings")
    execute_from_command_line(sys.argv)
