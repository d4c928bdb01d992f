"""The door for Celery, which is only the clock: what is to be done stands in the database.

`ci_backbone/__init__.py` does not import this on purpose: a web process publishes no task.
"""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ci_backbone.settings")

app = Celery("ci_backbone")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_kwargs: object) -> None:
    """Leave logging as `settings.LOGGING` has it; Celery would replace it."""
