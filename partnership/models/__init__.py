from partnership.models.access import (
    AccessLink,
    ApiToken,
    IdempotencyRecord,
    LinkRenewal,
    Membership,
    Scope,
    SubscriptionRequest,
)
from partnership.models.bodies import Body, EndUser, Seat, ShareRule
from partnership.models.initiatives import FocusArea, Initiative, Sector
from partnership.models.joining import JoinRequest
from partnership.models.organizations import Contact, Level, MergedOrganization, Organization, Participation
from partnership.models.privacy import Document, Erasure
from partnership.models.sign_in import AccountNotice, Attempts, Invitation, Session, SignInRequest
from partnership.models.users import User

__all__ = [
    "AccessLink",
    "AccountNotice",
    "ApiToken",
    "Attempts",
    "Body",
    "Contact",
    "Document",
    "EndUser",
    "Erasure",
    "FocusArea",
    "IdempotencyRecord",
    "Initiative",
    "Invitation",
    "JoinRequest",
    "Level",
    "LinkRenewal",
    "Membership",
    "MergedOrganization",
    "Organization",
    "Participation",
    "Scope",
    "Seat",
    "Sector",
    "Session",
    "ShareRule",
    "SignInRequest",
    "SubscriptionRequest",
    "User",
]
