#!/usr/bin/env python3
"""The command line of the product: `python manage.py help`."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expcert.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as exc:
        # A wrong setting is the reader's to put right: the sentence helps, a traceback does not.
        print(f"Wrong setting: {exc}", file=sys.stderr)
        sys.exit(2)
