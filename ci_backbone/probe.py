"""`python -m ci_backbone.probe`: exit code 0 while the web server of this container answers."""

import sys
from http.client import HTTPConnection, HTTPException

from ci_backbone.lib import env


def main() -> int:
    connection = HTTPConnection("127.0.0.1", env.number("PORT", 8000, at_least=1), timeout=4)
    try:
        connection.request("GET", "/healthz", headers={"Host": env.listing("ALLOWED_HOSTS")[0]})
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, HTTPException):
        return 1


if __name__ == "__main__":
    sys.exit(main())
