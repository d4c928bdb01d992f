from django.urls import path

from partnership.views import contacts, initiatives, links, organizations, subscribers, subscriptions

app_name = "partnership"

ORGANIZATIONS = "<slug:initiative>/organizations/"
SUBSCRIBERS = "<slug:initiative>/subscribers/"
ORGANIZATION = ORGANIZATIONS + "<slug:organization>/"

urlpatterns = [
    path("u/<str:token>/renew/", links.link_renew, name="link-renew"),
    path("s/<str:token>/", subscriptions.subscription, name="subscription"),
    path("s/<str:token>/<str:switch>/", subscriptions.subscription_stop, name="subscription-stop"),
    path("<slug:initiative>/subscribe/", subscribers.subscribe, name="subscribe"),
    path(SUBSCRIBERS, subscribers.subscriber_list, name="subscriber-list"),
    path(SUBSCRIBERS + "<int:pk>/remove/", subscribers.subscriber_remove, name="subscriber-remove"),
    path(SUBSCRIBERS + "<int:pk>/restore/", subscribers.subscriber_restore, name="subscriber-restore"),
    path("<slug:initiative>/publish/", initiatives.initiative_publish, name="initiative-publish"),
    path("<slug:initiative>/unpublish/", initiatives.initiative_unpublish, name="initiative-unpublish"),
    path(ORGANIZATIONS, organizations.organization_list, name="organization-list"),
    path(ORGANIZATIONS + "new/", organizations.organization_new, name="organization-new"),
    path(ORGANIZATION, organizations.organization_detail, name="organization-detail"),
    path(ORGANIZATION + "edit/", organizations.organization_edit, name="organization-edit"),
    path(ORGANIZATION + "contacts/new/", contacts.contact_new, name="contact-new"),
    path(ORGANIZATION + "contacts/<int:pk>/edit/", contacts.contact_edit, name="contact-edit"),
    path(ORGANIZATION + "contacts/<int:pk>/remove/", contacts.contact_remove, name="contact-remove"),
    path(ORGANIZATION + "contacts/<int:pk>/restore/", contacts.contact_restore, name="contact-restore"),
    path(ORGANIZATION + "links/<int:pk>/replace/", contacts.link_replace, name="link-replace"),
    path(ORGANIZATION + "links/<int:pk>/revoke/", contacts.link_revoke, name="link-revoke"),
]
