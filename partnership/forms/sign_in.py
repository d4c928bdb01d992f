"""What people type to enter an account, and to keep it safe."""

from collections.abc import Callable
from typing import Any

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.fields import OneLine
from ci_backbone.lib.inputs import ZoneField
from partnership.devices import origin_of
from partnership.models import User
from partnership.services import limits, sign_in

log = structlog.get_logger(__name__)

# Long enough for every password manager, short enough that hashing it costs nothing.
LONGEST_PASSWORD = 1000
ADDRESS_WORDS = {
    "required": _("Type your e-mail address."),
    "invalid": _("Give a whole address, such as name@example.org."),
}


class PasswordForm(LoginForm):
    """The address and the password, in allauth's names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.EmailField(
            label=_("Your e-mail address"),
            max_length=254,
            widget=forms.EmailInput(attrs={"autocomplete": "username"}),
            error_messages=ADDRESS_WORDS,
        )
        self.fields["password"] = forms.CharField(
            label=_("Password"),
            max_length=LONGEST_PASSWORD,
            strip=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
            error_messages={"required": _("Type your password.")},
        )
        self.order_fields(["login", "password"])


class LinkForm(forms.Form):
    """The address to which a sign-in link goes, if somebody has it."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages=ADDRESS_WORDS,
    )


class TickForm(forms.Form):
    """The tick that mail scanners do not set, though they press buttons."""

    wanted = forms.BooleanField(
        label=_("Your word"), error_messages={"required": _("Tick this, then press the button.")}
    )


def new_password_field(*, label: Any, required: bool, help_text: Any = "") -> forms.CharField:
    """A new password: any characters, pasted or typed, at least twelve."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONGEST_PASSWORD,
        strip=False,
        help_text=help_text or _("At least 12 characters. A few words that only you would put together are good."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Type a password.")},
    )


class JoinByInvitationForm(TickForm):
    """A new account: the name, a password if the person wants one, and the tick."""

    name = OneLine(
        label=_("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Type your name.")},
    )
    password = new_password_field(label=_("Password"), required=False)

    field_order = ["name", "password", "wanted"]

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if password := cleaned.get("password"):
            _refuse_weak(self, "password", password, User(email=self.email, name=cleaned.get("name", "")))
        return cleaned


class NewPasswordForm(forms.Form):
    """A new password, and the one before where there is one."""

    current = forms.CharField(
        label=_("The password that you have now"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Type the password that you have now.")},
    )
    new = new_password_field(label=_("New password"), required=True)

    def __init__(self, *args: Any, user: User, asks_current: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not asks_current:
            del self.fields["current"]

    def clean_current(self) -> str:
        current = self.cleaned_data["current"]
        if not get_adapter().reauthenticate(self.user, current):
            raise ValidationError(_("This is not the password that you have now."))
        return current

    def clean_new(self) -> str:
        new = self.cleaned_data["new"]
        _refuse_weak(self, "new", new, self.user)
        return new


def _refuse_weak(form: forms.Form, field: str, password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        form.add_error(field, error)


class ProfileForm(forms.ModelForm):
    """How a person is called here, and by which clock."""

    class Meta:
        model = User
        fields = ["name", "time_zone"]
        field_classes = {"name": OneLine, "time_zone": ZoneField}
        error_messages = {"name": {"required": _("Type your name.")}}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}
        help_texts = {
            "time_zone": _(
                "For the times on these pages, such as America/Chicago. Each initiative keeps its own clock."
            )
        }


class _Counted:
    """A code that counts, as every guess does, and opens nothing twice."""

    user: User
    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code")
        self.fields["code"].widget = forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false", "maxlength": 40}
        )

    def clean_code(self) -> str:
        spent = sign_in.codes(self.user, origin_of(context.request, self.user.email))
        limits.spend(*spent)
        code = super().clean_code()  # type: ignore[misc]  # Of the form that it is mixed into.
        if not sign_in.is_fresh_code(self.user, code.replace(" ", "")):
            raise ValidationError(_("This code was used already. Wait for the next one."))
        limits.give_back(*spent)
        return code


class CodeForm(_Counted, AuthenticateForm):
    """The second step: a code from an app, or a recovery code."""


class CodeAgainForm(_Counted, ReauthenticateForm):
    """The same, before something that matters."""


class FirstCodeForm(_Counted, ActivateTOTPForm):
    """The first code of a new app, which shows that it was set up right.

    A page that comes back with an error shows the same picture again.
    """

    @property
    def typed_key(self) -> str:
        """The secret in groups of four, for those who type it."""
        secret = self.secret
        return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def _read(clean: Callable[[], Any]) -> Any:
    """What `clean` makes of what a browser says a passkey answered: nonsense in it is an error of the form."""
    try:
        return clean()
    except ValidationError:
        raise
    except Exception as error:  # Its readers raise whatever they stumble over.
        log.warning("what a passkey answered cannot be read", error=repr(error)[:200])
        raise ValidationError(_("This did not work. Try once more.")) from error


class _PasskeyAnswer:
    """The answer of a passkey, which anybody can make up."""

    def clean_credential(self) -> Any:
        return _read(super().clean_credential)  # type: ignore[misc]  # Of the form that it is mixed into.


class PasskeySignInForm(_PasskeyAnswer, LoginWebAuthnForm):
    """Signing in with a passkey alone."""


class PasskeyStepForm(_PasskeyAnswer, AuthenticateWebAuthnForm):
    """A passkey as the second step."""


class PasskeyAgainForm(_PasskeyAnswer, ReauthenticateWebAuthnForm):
    """The same, before something that matters."""


class PasskeyForm(AddWebAuthnForm):
    """A new passkey: its name, and what the browser made. It opens the account by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = forms.CharField(
            label=_("Name, for you to tell it from others"), required=False, max_length=60
        )
        self.fields.pop("passwordless", None)

    def clean(self) -> dict[str, Any]:
        # It opens the account alone, so it has to ask for a finger, a face or a PIN.
        self.cleaned_data["passwordless"] = True
        return _read(super().clean)


class PasskeyNameForm(EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = forms.CharField(label=_("Name"), max_length=60)
