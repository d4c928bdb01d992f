from django.urls import path

from partnership import urls_bodies
from partnership.services.rings import DOWN, UP
from partnership.urls_history import history_patterns
from partnership.urls_members import member_patterns
from partnership.urls_people import people_patterns
from partnership.views import (
    contacts,
    initiatives,
    joining,
    links,
    merging,
    organizations,
    rings,
    setup,
    subscribers,
    subscriptions,
    tokens,
)

app_name = "partnership"

ORGANIZATIONS = "<slug:initiative>/organizations/"
SUBSCRIBERS = "<slug:initiative>/subscribers/"
JOIN = "<slug:initiative>/join/"
ORGANIZATION = ORGANIZATIONS + "<slug:organization>/"
SETTINGS = "<slug:initiative>/settings/"
RINGS = [("sector", SETTINGS + "sectors/"), ("focus-area", SETTINGS + "focus-areas/")]

urlpatterns = [
    *urls_bodies.urlpatterns,
    *history_patterns,
    *member_patterns,
    *people_patterns,
    path("u/<str:token>/renew/", links.link_renew, name="link-renew"),
    path("s/<str:token>/", subscriptions.subscription, name="subscription"),
    path("s/<str:token>/<str:switch>/", subscriptions.subscription_stop, name="subscription-stop"),
    path("j/<str:token>/", joining.join_confirm, name="join-confirm"),
    path(JOIN, joining.join, name="join"),
    path(JOIN + "sent/", joining.join_sent, name="join-sent"),
    path(JOIN + "requests/", joining.join_request_list, name="join-request-list"),
    path(JOIN + "requests.csv", joining.join_request_csv, name="join-request-csv"),
    path(JOIN + "requests/<int:pk>/", joining.join_request, name="join-request"),
    path(JOIN + "requests/<int:pk>/take-back/", joining.join_request_take_back, name="join-request-take-back"),
    path("<slug:initiative>/subscribe/", subscribers.subscribe, name="subscribe"),
    path(SUBSCRIBERS, subscribers.subscriber_list, name="subscriber-list"),
    path(SUBSCRIBERS + "<int:pk>/remove/", subscribers.subscriber_remove, name="subscriber-remove"),
    path(SUBSCRIBERS + "<int:pk>/restore/", subscribers.subscriber_restore, name="subscriber-restore"),
    path("new/", setup.initiative_new, name="initiative-new"),
    path("<slug:initiative>/setup/", setup.setup, name="setup"),
    path("<slug:initiative>/setup/close/", setup.setup_close, name="setup-close"),
    path("<slug:initiative>/setup/reopen/", setup.setup_reopen, name="setup-reopen"),
    path(SETTINGS, initiatives.settings, name="settings"),
    path(SETTINGS + "labels/", initiatives.settings_labels, name="settings-labels"),
    *(
        path(f"{SETTINGS}{key}/", initiatives.settings_section, {"section": key}, name=f"settings-{key}")
        for key in initiatives.SECTIONS
    ),
    path(SETTINGS + "sectors/usual/", rings.sectors_usual, name="sectors-usual"),
    *(
        one
        for ring, base in RINGS
        for one in (
            path(base, rings.ring, {"ring": ring}, name=f"{ring}-list"),
            path(base + "<int:pk>/edit/", rings.piece_edit, {"ring": ring}, name=f"{ring}-edit"),
            path(base + "<int:pk>/up/", rings.piece_move, {"ring": ring, "step": UP}, name=f"{ring}-up"),
            path(base + "<int:pk>/down/", rings.piece_move, {"ring": ring, "step": DOWN}, name=f"{ring}-down"),
            path(base + "<int:pk>/remove/", rings.piece_remove, {"ring": ring}, name=f"{ring}-remove"),
        )
    ),
    path("<slug:initiative>/publish/", initiatives.initiative_publish, name="initiative-publish"),
    path("<slug:initiative>/unpublish/", initiatives.initiative_unpublish, name="initiative-unpublish"),
    path(ORGANIZATIONS, organizations.organization_list, name="organization-list"),
    path("<slug:initiative>/organizations.csv", organizations.organization_csv, name="organization-csv"),
    path(ORGANIZATIONS + "new/", organizations.organization_new, name="organization-new"),
    path(ORGANIZATION, organizations.organization_detail, name="organization-detail"),
    path(ORGANIZATION + "edit/", organizations.organization_edit, name="organization-edit"),
    path(ORGANIZATION + "merge/", merging.organization_merge, name="organization-merge"),
    path(ORGANIZATION + "leave/", organizations.organization_leave, name="organization-leave"),
    path(ORGANIZATION + "leave/undo/", organizations.organization_undo_leave, name="organization-undo-leave"),
    path(ORGANIZATION + "return/", organizations.organization_return, name="organization-return"),
    path(ORGANIZATION + "contacts/new/", contacts.contact_new, name="contact-new"),
    path(ORGANIZATION + "contacts/<int:pk>/edit/", contacts.contact_edit, name="contact-edit"),
    path(ORGANIZATION + "contacts/<int:pk>/remove/", contacts.contact_remove, name="contact-remove"),
    path(ORGANIZATION + "contacts/<int:pk>/restore/", contacts.contact_restore, name="contact-restore"),
    path(ORGANIZATION + "tokens/", tokens.token_list, name="token-list"),
    path(ORGANIZATION + "tokens/new/", tokens.token_new, name="token-new"),
    path(ORGANIZATION + "tokens/<int:pk>/revoke/", tokens.token_revoke, name="token-revoke"),
    path(ORGANIZATION + "links/<int:pk>/replace/", contacts.link_replace, name="link-replace"),
    path(ORGANIZATION + "links/<int:pk>/revoke/", contacts.link_revoke, name="link-revoke"),
]
