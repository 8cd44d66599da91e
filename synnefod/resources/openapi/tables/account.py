"""`/astakos/account/v1.0`: one's account, quotas, projects, commissions (identity.md 2)."""

from __future__ import annotations

from synnefod.resources.identity.account import Account
from synnefod.resources.identity.account_memberships import AccountMemberships
from synnefod.resources.identity.account_projects import AccountProjects
from synnefod.resources.identity.administration import Statistics
from synnefod.resources.identity.commissions import CommissionNoun
from synnefod.resources.identity.me import Me
from synnefod.resources.identity.me_ways import MyWays
from synnefod.resources.openapi.notation import Named, keyed
from synnefod.resources.openapi.said import Said, Table, jsonp
from synnefod.resources.openapi.tables import ANY, STRINGS
from synnefod.resources.schemas import identity as schemas

FORM = ("application/x-www-form-urlencoded",)
USAGE = Named(
    "Usage",
    {
        "limit?": int,
        "usage?": int,
        "pending?": int,
        "project_limit": int,
        "project_usage": int,
        "project_pending": int,
    },
)
USAGES = {"*": {"*": USAGE}}
"""By project and resource."""
RESOURCE = Named(
    "Resource",
    {
        "service": str,
        "description": str | None,
        "unit": str | None,
        "ui_visible": bool,
        "api_visible": bool,
    },
)
CATALOGS = {"uuid_catalog": STRINGS, "displayname_catalog": STRINGS}
ACTED = {
    "reason?": str | None,
    "reasons?": str | None,
    "app_id?": int | None,
    "*": ANY,
}
PROJECT_ACTIONS = dict.fromkeys(
    (
        "approve",
        "deny",
        "dismiss",
        "cancel",
        "suspend",
        "unsuspend",
        "terminate",
        "reinstate",
    ),
    ACTED,
)
MEMBERSHIP = Named(
    "Membership",
    {
        "id": int,
        "user": str,
        "project": str,
        "state": str,
        "allowed_actions": [str],
        "requested?": str,
        "accepted?": str,
        "removed?": str,
        "rejected?": str,
        "leave_requested?": str,
        "cancelled?": str,
        "suspended?": str,
    },
)
CAPACITIES = {"*": {"project_capacity": int, "member_capacity": int}}
APPLICATION = Named(
    "Application",
    {
        "id": int,
        "state": str,
        "name": str | None,
        "owner": str | None,
        "applicant": str,
        "homepage": str | None,
        "description": str | None,
        "start_date": str | None,
        "end_date": str | None,
        "comments": str | None,
        "join_policy": str | None,
        "leave_policy": str | None,
        "max_members": int | None,
        "private": bool | None,
        "resources": CAPACITIES,
        "*": ANY,
    },
)
PROJECT = Named(
    "Project",
    {
        "id": str,
        "state": str,
        "name": str | None,
        "owner": str | None,
        "owner_name?": str,
        "homepage": str | None,
        "description": str | None,
        "creation_date": str | None,
        "end_date": str | None,
        "join_policy": str | None,
        "leave_policy": str | None,
        "max_members": int | None,
        "private": bool | None,
        "system_project": bool,
        "resources": CAPACITIES,
        "last_application?": APPLICATION,
        "deactivation_date?": str | None,
    },
)
APPLIED = {"id": str, "application": int}
PROVISION = Named(
    "Provision", {"holder": str, "source": str | None, "resource": str, "quantity": int}
)
COMMISSION = Named(
    "Commission",
    {"serial": int, "issue_time": str, "name": str, "provisions": [PROVISION]},
)
FAILED = Named(
    "CommissionFault",
    {"*": {"code": int, "message": str, "details?": str, "data?": {"*": ANY}}},
)
NEW_TOKEN = Named("NewToken", {"token": str, "expires": str})
TOKEN = Named(
    "TokenRow",
    {
        "prefix": str,
        "label": str,
        "scope": str,
        "project": str | None,
        "methods": [str],
        "issued": str,
        "expires": str,
        "last_used": str | None,
        "address": str | None,
    },
)
ME = Named(
    "Me",
    {
        "id": str,
        "name": str,
        "email": str,
        "first_name": str,
        "last_name": str,
        "is_admin": bool,
        "groups": [str],
        "default_project": str | None,
        "projects": [{"id": str, "name": str, "roles": [str]}],
        "methods": [{"module": str, "identifier": str | None}],
        "created": str,
        "last_login": str | None,
        "token": {"scope": str | None, "expires": str},
    },
)
METHOD = Named(
    "SignInMethod",
    {
        "id": int,
        "module": str,
        "label": str,
        "identifier": str | None,
        "created": str,
        "last_used": str | None,
        "removable": bool,
        "switchable": bool,
    },
)
PROVIDER = Named("SignInProvider", {"module": str, "label": str, "kind": str, "add_url?": str})
WAYS = Named(
    "SignInWays",
    {"providers": [METHOD], "available": [PROVIDER], "required": [PROVIDER], "fixed": [str]},
)
INVITATIONS = {
    "left": int,
    "invitations": [
        Named(
            "Invitation",
            {
                "id": int,
                "realname": str,
                "email": str,
                "created": str,
                "consumed": str | None,
            },
        )
    ],
}
COUNTS = {"*": int}
SAID: Table = {
    Account.default_project: Said(None),
    Account.feedback: Said(None, sends=FORM),
    Account.quotas: Said(USAGES),
    Account.resources: Said({"*": RESOURCE}),
    Account.service_quotas: Said({"*": USAGES}, query=("project", "user")),
    Account.service_project_quotas: Said(USAGES, query=("project",)),
    Account.user_catalogs: Said(CATALOGS, body=schemas.UserCatalogs),
    Account.service_user_catalogs: Said(CATALOGS, body=schemas.UserCatalogs),
    AccountMemberships.index: Said([MEMBERSHIP], query=("project",)),
    AccountMemberships.show: Said(MEMBERSHIP),
    AccountMemberships.begin: Said(
        {"id": int},
        body=keyed({"join": schemas.JoinBody, "enroll": schemas.EnrollBody}),
    ),
    AccountMemberships.act: Said(
        None, body=keyed(dict.fromkeys(("leave", "cancel", "accept", "reject", "remove"), ANY))
    ),
    AccountProjects.index: Said([PROJECT], query=("mode", "name", "owner", "state")),
    AccountProjects.show: Said(PROJECT),
    AccountProjects.apply: Said(APPLIED),
    AccountProjects.modify: Said(APPLIED),
    AccountProjects.act: Said(None, body=keyed(PROJECT_ACTIONS)),
    CommissionNoun.index: Said([int]),
    CommissionNoun.show: Said(COMMISSION),
    CommissionNoun.issue: Said(
        {201: {"serial": int}, 400: FAILED, 404: FAILED, 413: FAILED},
        body=schemas.CommissionRequest,
    ),
    CommissionNoun.act: Said(None, body=keyed({"accept": ANY, "reject": ANY})),
    CommissionNoun.act_on_many: Said(
        {"accepted": [int], "rejected": [int], "failed": [[(int, FAILED)]]}
    ),
    Me.show: Said(ME),
    Me.rename: Said(ME),
    Me.password: Said(NEW_TOKEN),
    Me.email: Said(None),
    Me.tokens: Said({"tokens": [TOKEN]}),
    Me.issue: Said(NEW_TOKEN),
    Me.renew: Said(NEW_TOKEN),
    Me.revoke: Said(None),
    Me.preferences: Said({"*": ANY}),
    Me.prefer: Said(None, body={"*": ANY}),
    MyWays.show: Said(WAYS),
    MyWays.add: Said(WAYS),
    MyWays.remove: Said(None),
    MyWays.invitations: Said(INVITATIONS),
    MyWays.invite: Said(INVITATIONS),
    Statistics.nothing: Said(None),
    Statistics.brief: Said(jsonp({"users": {"total": int, "active": int}}), query=("callback",)),
    Statistics.detailed: Said(
        {
            "datetime": str,
            "providers": [str],
            "users": {"*": COUNTS},
            "resources": {
                "*": {
                    "*": {
                        "used": int,
                        "allocated": int,
                        "unit": str | None,
                        "description": str | None,
                    }
                }
            },
        }
    ),
}
