from django.conf import settings
from django.urls import path, register_converter

from ci_backbone.demo import views


class DemonstrationRoleConverter:
    """A role that can be entered; outside demonstration mode there is none, so the address does not exist."""

    regex = "staff|council|partner"

    def to_python(self, value: str) -> str:
        if not settings.DEMO:
            raise ValueError("This is not a demonstration.")
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(DemonstrationRoleConverter, "demonstration_role")

app_name = "demo"

urlpatterns = [
    path("demo/enter/<demonstration_role:role>/", views.role_enter, name="role-enter"),
]
