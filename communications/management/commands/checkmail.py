"""manage.py checkmail: can mail leave, and will it be believed?"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from communications.services.mailcheck import Finding, Level, check_mail
from communications.services.mailcheck.names import address_of


class Command(BaseCommand):
    help = (
        "Connects to the mail server, signs in and offers the sender, without sending anything; then looks up the "
        "SPF, DKIM and DMARC records of the sender's domain. Ends with 1 when no mail can leave. See docs/mail.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dkim-selector", default="", help="The name of the DKIM key; DKIM_SELECTOR unless given.")
        parser.add_argument("--resolver", default="", help="A DNS resolver as address:port, instead of the machine's.")
        parser.add_argument("--json", action="store_true", help="Print a JSON list: part, level, words, advice.")

    def handle(self, *_args: Any, **options: Any) -> None:
        findings = []
        for finding in check_mail(selector=options["dkim_selector"], resolver=_resolver(options["resolver"])):
            findings.append(finding)
            if not options["json"]:
                self._print(finding)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2))
        if any(finding.level == Level.ERROR for finding in findings):
            raise CommandError("No mail can leave as things stand.")
        if not options["json"]:
            self._say(f"Warnings: {sum(finding.level == Level.WARNING for finding in findings) or 'none'}.")

    def _print(self, finding: Finding) -> None:
        self._say(f"{finding.level:8} {finding.part:9} {finding.words}")
        if finding.advice:
            self._say(f"{'':18} → {finding.advice}")

    def _say(self, line: str) -> None:
        """Write a line that may hold the words of others: it must neither steer a terminal nor be too much for it."""
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        safe = "".join(sign if sign.isprintable() else "�" for sign in line)
        self.stdout.write(safe.encode(encoding, "replace").decode(encoding))


def _resolver(given: str) -> str:
    try:
        if given:
            address_of(given)
    except ValueError:
        raise CommandError("--resolver must be an address, as in 192.0.2.53 or 127.0.0.1:5353.") from None
    return given
