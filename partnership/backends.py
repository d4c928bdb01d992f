"""Who somebody is and what they may, as Django asks for both."""

from django.http import HttpRequest
from rules.permissions import ObjectPermissionBackend

from partnership.models import User
from partnership.services.sign_in import find_by_password


class AccountBackend(ObjectPermissionBackend):
    """Accounts of ours, which may what the rules of the apps grant, and nothing else.

    There is no other one: Django's own would ask its rows of permissions too, in two queries on every page.
    """

    def authenticate(self, request: HttpRequest | None, email: str, password: str) -> User | None:
        """The active person with this address and password; the sign-in page counts tries before it looks."""
        user = find_by_password(email=email, password=password)
        return user if user is not None and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """Whose session it is; nobody's once the account is switched off."""
        return User.objects.filter(pk=user_id, is_active=True).first()
