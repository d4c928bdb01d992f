"""The API's credential: `Authorization: Bearer <token>` of an organization."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotFound
from rest_framework.request import Request

from ci_backbone.lib.doors import Door, acting
from partnership.models import ApiToken, Initiative, Organization, Scope
from partnership.services.tokens import find_token, record_token_use, works


class TokenReader(AnonymousUser):
    """The reader of a request with a token: an organization's own system, and no person who signed in."""

    def __init__(self, token: ApiToken) -> None:
        self.token = token

    def initiative_ids(self) -> list[int]:
        """An organization takes part in the one initiative that it belongs to."""
        organization = self.token.organization
        return [organization.initiative_id] if organization and self.token.may(Scope.READ) else []

    @property
    def initiative(self) -> Initiative:
        """The one initiative of the token's organization. Raises NotFound for a token of the installation."""
        if self.token.organization is None:
            raise NotFound
        return self.token.organization.initiative

    def roles_in(self, initiative: Any) -> frozenset[str]:
        """The backbone's own system does what its staff do, where its token says so; others hold no role."""
        organization = self.token.organization
        is_backbone = organization is not None and initiative.backbone_id == organization.pk
        return frozenset({"staff"} if is_backbone and self.token.may(Scope.MANAGE) else ())

    def organizations_in(self, initiative: Any) -> list[Organization]:
        """The organization that the token speaks for."""
        organization = self.token.organization
        return [organization] if organization and organization.initiative_id == initiative.pk else []

    def __str__(self) -> str:
        return str(self.token)


class TokenAuthentication(BaseAuthentication):
    """Reads the token, from the header alone.

    One that is unknown, revoked, expired or of an organization that has left is refused with 401, whatever the address.
    """

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[TokenReader, ApiToken] | None:
        scheme, _space, secret = get_authorization_header(request).partition(b" ")
        if not scheme:
            return None
        if scheme.lower() != b"bearer" or not secret.strip():
            raise AuthenticationFailed(_("Send the token as “Authorization: Bearer <token>”."))
        token = find_token(secret.strip().decode("latin-1"))
        now = timezone.now()
        if token is None or not works(token, now):
            raise AuthenticationFailed(_("This token is unknown, has expired or was revoked."))
        record_token_use(token, now)
        acting().door, acting().actor = Door.API, f"token:{token.pk}"
        return TokenReader(token), token

    def authenticate_header(self, _request: Request) -> str:
        return self.keyword
