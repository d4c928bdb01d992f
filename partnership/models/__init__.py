from partnership.models.access import (
    AccessLink,
    ApiToken,
    IdempotencyRecord,
    LinkRenewal,
    Membership,
    SubscriptionRequest,
)
from partnership.models.bodies import Body, Seat
from partnership.models.initiatives import FocusArea, Initiative, Sector
from partnership.models.organizations import Contact, Organization, Participation
from partnership.models.users import User

__all__ = [
    "AccessLink",
    "ApiToken",
    "Body",
    "Contact",
    "FocusArea",
    "IdempotencyRecord",
    "Initiative",
    "LinkRenewal",
    "Membership",
    "Organization",
    "Participation",
    "Seat",
    "Sector",
    "SubscriptionRequest",
    "User",
]
