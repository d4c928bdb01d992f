"""The door for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ci_backbone.settings")
# A page that keeps PostgreSQL busy for longer than this is ended; commands and ticks are not.
os.environ.setdefault("STATEMENT_TIMEOUT_MS", "10000")

application = get_wsgi_application()
