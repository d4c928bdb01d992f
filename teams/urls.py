from django.urls import path

from teams.urls_updates import update_patterns
from teams.views import items, plans, teams

app_name = "teams"

TEAMS = "<slug:initiative>/teams/"
TEAM = TEAMS + "<slug:team>/"
PLANS = "<slug:initiative>/plans/"
PLAN = PLANS + "<slug:plan>/"
ITEM = "<slug:initiative>/items/<int:pk>/"

team_patterns = [
    path(TEAMS, teams.team_list, name="team-list"),
    path(TEAMS + "new/", teams.team_new, name="team-new"),
    path(TEAM, teams.team_detail, name="team-detail"),
    path(TEAM + "edit/", teams.team_edit, name="team-edit"),
    path(TEAM + "close/", teams.team_close, name="team-close"),
    path(TEAM + "reopen/", teams.team_reopen, name="team-reopen"),
]
plan_patterns = [
    path(PLANS, plans.plan_list, name="plan-list"),
    path(TEAM + "plans/new/", plans.plan_new, name="plan-new"),
    path(PLAN, plans.plan_detail, name="plan-detail"),
    path(PLAN + "edit/", plans.plan_edit, name="plan-edit"),
    path(PLAN + "order/", plans.plan_order, name="plan-order"),
    path(PLAN + "publish/", plans.plan_publish, name="plan-publish"),
    path(PLAN + "unpublish/", plans.plan_unpublish, name="plan-unpublish"),
    path(PLAN + "archive/", plans.plan_archive, name="plan-archive"),
    path(PLAN + "restore/", plans.plan_restore, name="plan-restore"),
]
item_patterns = [
    path(PLAN + "items/new/", items.item_new, name="item-new"),
    path(ITEM, items.item_detail, name="item-detail"),
    path(ITEM + "edit/", items.item_edit, name="item-edit"),
    path(ITEM + "delete/", items.item_delete, name="item-delete"),
    path(ITEM + "up/", items.item_move, {"up": True}, name="item-up"),
    path(ITEM + "down/", items.item_move, {"up": False}, name="item-down"),
    path(ITEM + "updates/<int:update>/hide/", items.note_visibility, {"hidden": True}, name="note-hide"),
    path(ITEM + "updates/<int:update>/show/", items.note_visibility, {"hidden": False}, name="note-show"),
]
urlpatterns = [*team_patterns, *plan_patterns, *item_patterns, *update_patterns]
