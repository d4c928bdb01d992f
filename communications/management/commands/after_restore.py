"""manage.py after_restore: after a database was restored from a backup, nothing goes out twice."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from communications.services import catchup, planning
from partnership.services.reerasing import erase_again


class Command(BaseCommand):
    help = (
        "Hold every message that is unsent and already due, until staff release it on the messages page, and erase "
        "whoever was erased since the backup. "
        "Run it after a restore and before worker and beat start again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        held = catchup.hold_after_restore(now)
        # What the backup did not know of yet may have gone out since it was made.
        planned = planning.record(planning.plan(now), catchup.Guard(0, catchup.AFTER_RESTORE))
        catchup.note_planned(now)
        again = erase_again()
        self.stdout.write(f"{again.erased} people were erased again.")
        for reason in again.stuck:
            self.stderr.write(f"Somebody who was erased is back: {reason}")
        self.stdout.write(f"{held + planned} messages are held. Staff release or cancel them on the messages page.")
