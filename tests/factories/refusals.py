"""What the database refuses."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction


def refused(make: Callable[..., Any], *args: Any, **fields: Any) -> bool:
    """True where a constraint refuses the row that `make` would save; the test fails where it is taken."""
    with pytest.raises(IntegrityError), transaction.atomic():
        make(*args, **fields)
    return True
