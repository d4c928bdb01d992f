"""The operators' pages: Django's admin as an emergency door, to look at every row and its history.

Nothing is added or deleted here, and next to nothing is changed: what has a service has a page of its own.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.admin import AdminSite, ModelAdmin
from django.core.paginator import Paginator
from django.db.models import FileField, Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from ci_backbone.lib.access import operators_only
from ci_backbone.lib.doors import Door, acting

READ = ("GET", "HEAD")
# What opens something, or shows what a reader of the database shall not become: never on these pages.
SECRETS = frozenset({"password", "token_hash", "claim_token", "body_text", "body_html", "refs", "body", "request_hash"})
VERSIONS_A_PAGE = 50


class OperatorSite(AdminSite):
    """Open to those who run the installation and have a second factor; nobody else learns that it is there."""

    site_header = site_title = _("Operators’ pages")
    index_title = _("Every row of the installation, to read")
    index_template = "operators/index.html"
    app_index_template = "operators/app_index.html"
    enable_nav_sidebar = False
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("partnership.operate_installation")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002  # Django's.
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_permission(request):
                raise Http404
            acting().door = Door.ADMIN
            return view(request, *args, **kwargs)

        return csrf_protect(never_cache(operators_only(guarded)))

    def page(self, view: Callable[..., Any], *, methods: tuple[str, ...] = READ) -> Any:
        """A view of these pages with the methods that it takes."""
        return require_http_methods(list(methods))(self.admin_view(view))

    def get_urls(self) -> list[Any]:
        """Without Django's own sign-in, its password page and its look-ups: ours are elsewhere."""
        parts = [
            path(f"{model._meta.app_label}/{model._meta.model_name}/", include(admin.urls))
            for model, admin in self._registry.items()
        ]
        return [
            path("", self.page(self.index), name="index"),
            path("<slug:app_label>/", self.page(self.app_index), name="app_list"),
            *parts,
        ]


operators = OperatorSite(name="admin")


class ReadOnly(ModelAdmin):
    """Every column of a model that is no secret, to search and to read, with its history.

    `changes` names the few fields that an operator may set: those that cause nothing else.
    """

    changes: tuple[str, ...] = ()
    actions = None
    view_on_site = False
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    list_select_related: ClassVar[Any] = True
    change_form_template = "operators/row.html"
    change_list_template = "operators/list.html"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*self.model._meta.concrete_fields, *self.model._meta.local_many_to_many]
        return [field.name for field in fields if field.name not in SECRETS]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [self._shown(name) for name in self.get_fields(request) if name not in self.changes]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [(None, {"fields": [self._shown(name) for name in self.get_fields(request)]})]

    def _shown(self, name: str) -> str:
        # Django would show an address of the file, and files are served by the view that asks who may.
        return f"{name}_name" if isinstance(self.model._meta.get_field(name), FileField) else name

    @staticmethod
    def file_name(row: Any) -> str:
        return str(row.file.name)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        # Django allows every column of the model, a hash of a password too.
        return lookup.split("__", maxsplit=1)[0] in self.list_filter

    def has_module_permission(self, request: HttpRequest) -> bool:
        return operators.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return operators.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.changes) and operators.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Nothing: the row's own history tells who changed what, through this door."""

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        methods = (*READ, "POST") if self.changes else READ
        return [
            path("", operators.page(self.changelist_view), name=f"{name}_changelist"),
            path("<str:object_id>/history/", operators.page(self.history_view), name=f"{name}_history"),
            path("<str:object_id>/change/", operators.page(self.change_view, methods=methods), name=f"{name}_change"),
        ]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Each version of the row, newest first, with who made it and through which door."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        rows = row.history.select_related("history_user") if hasattr(row, "history") else []
        page = Paginator(rows, VERSIONS_A_PAGE).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %(row)s") % {"row": row},
            "row": row,
            "opts": self.opts,
            "page": page,
            "versions": [(version, _changed_in(version)) for version in page],
        }
        return TemplateResponse(request, "operators/history.html", context)


def _changed_in(version: Any) -> list[tuple[str, Any, Any]]:
    """Name, former and later value of each column that is no secret and differs from the version before."""
    former = version.prev_record
    names = [field.name for field in version.tracked_fields if field.name not in SECRETS]
    attribute = {field.name: field.attname for field in version.tracked_fields}
    values = ((name, getattr(former, attribute[name], None), getattr(version, attribute[name], None)) for name in names)
    return [(name, before, after) for name, before, after in values if before != after]
