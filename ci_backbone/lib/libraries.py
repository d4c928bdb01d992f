"""What is personal in the tables of the libraries that we use: they cannot say it themselves."""

from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.personal import Personal

# By the name of the model, as in `app_label.Model`; the user is the person.
LIBRARIES: dict[str, Personal] = {
    "account.EmailAddress": Personal(
        what=_("Addresses of accounts"), person=["user", "email"], addresses=["email"], goes=True
    ),
    # Goes with its address.
    "account.EmailConfirmation": Personal(what=_("Confirmations of addresses"), secrets=["key"]),
    "admin.LogEntry": Personal(
        what=_("Operators’ actions"), text=["object_repr", "change_message"], plain=["object_id"]
    ),
    "auth.Group": Personal(what=_("Groups of accounts"), plain=["name"]),
    "auth.Permission": Personal(what=_("Permissions"), plain=["name", "codename"]),
    "contenttypes.ContentType": Personal(what=_("Kinds of rows"), plain=["app_label", "model"]),
    "mfa.Authenticator": Personal(
        what=_("Second factors"), person=["user"], plain=["type"], secrets=["data"], goes=True
    ),
    "sessions.Session": Personal(what=_("Sessions"), secrets=["session_key", "session_data"]),
    "socialaccount.SocialAccount": Personal(
        what=_("Outside sign-ins"), person=["user"], own=["uid", "extra_data"], plain=["provider"], goes=True
    ),
    "socialaccount.SocialApp": Personal(
        what=_("Outside sign-in services"),
        plain=["provider", "provider_id", "name", "client_id"],
        secrets=["secret", "key", "settings"],
    ),
    # Goes with its account.
    "socialaccount.SocialToken": Personal(what=_("Keys of outside sign-ins"), secrets=["token", "token_secret"]),
}
