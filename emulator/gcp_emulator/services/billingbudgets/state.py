"""Budgets of billing accounts: kept and shown; nothing is ever spent here, so none ever speaks up.

v1 and v1beta1 are two views of one budget: what v1 calls `notificationsRule` is `allUpdatesRule` in v1beta1.
Answers are as recorded (billingbudgets--custombudget): units are text, empty parts go, the rule of notifications is
there though no one sent one, ids are UUIDs, and the etag is the time in microseconds.
https://github.com/googleapis/googleapis/blob/master/google/cloud/billing/budgets/v1/budget_model.proto
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, paging
from gcp_emulator.services.billing import state as billing
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.errors import ApiError

SERVICE: Final = "billingbudgets.googleapis.com"
RULE: Final = {"v1": "notificationsRule", "v1beta1": "allUpdatesRule"}
FIELDS: Final = ("displayName", "budgetFilter", "amount", "thresholdRules", "ownershipScope")
LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One budget.

    Args:
        name: `billingAccounts/{account}/budgets/{uuid}`.
        members: what was sent and is kept, in the words of v1; the rule of notifications apart.
        rule: the rule of notifications.
        stamp: microseconds of its last change: the etag.
    """

    name: str
    members: Json
    rule: Json
    stamp: int


BUDGETS: Final = Table("billingbudgets.budgets", Budget, key="name")


def create(call: Call) -> Json:
    """CreateBudget."""
    account = _account(call, "billing.budgets.create")
    given = _given(call)
    budget = Budget(
        name=f"{account}/budgets/{call.state.uuid()}",
        members=_members(call, account, given, FIELDS),
        rule=_kept(given.get(_rule_name(call)) or {}),
        stamp=_stamp(call, 0),
    )
    call.state[BUDGETS].put(budget)
    return _render(call, budget)


def update(call: Call) -> Json:
    """UpdateBudget: replaces what the mask names; without one all but what is empty.

    An etag that is not the current one is refused; the status is assumed to be https://google.aip.dev/154's.
    """
    account = _account(call, "billing.budgets.update")
    budget, given = _fetch(call), _given(call)
    if given.get("etag", str(budget.stamp)) != str(budget.stamp):
        raise errors.ApiError("ABORTED", "The etag sent is not the current one of the budget.")
    known = {*FIELDS, _rule_name(call)}
    paths = [_camel(each.strip()) for each in call.text("updateMask").split(",") if each.strip()]
    if any(path.partition(".")[0] not in known for path in paths):
        raise errors.invalid_argument(f"Invalid update mask: {call.text('updateMask')}")
    merged: Json = {**budget.members, _rule_name(call): budget.rule}
    for path in paths or [name for name in known if given.get(name)]:
        _set(merged, given, path.split("."))
    changed = replace(
        budget,
        members=_members(call, account, merged, FIELDS),
        rule=_kept(merged.get(_rule_name(call)) or {}),
        stamp=_stamp(call, budget.stamp),
    )
    call.state[BUDGETS].put(changed)
    return _render(call, changed)


def get(call: Call) -> Json:
    """GetBudget."""
    _account(call, "billing.budgets.get")
    return _render(call, _fetch(call))


def delete(call: Call) -> Json:
    """DeleteBudget."""
    _account(call, "billing.budgets.delete")
    call.state[BUDGETS].remove(_fetch(call).name)
    return {}


def list_budgets(call: Call) -> Json:
    """ListBudgets of one account."""
    account = _account(call, "billing.budgets.list")
    found = sorted((each for each in call.state[BUDGETS] if each.name.startswith(f"{account}/")), key=_name)
    shown, token = paging.page(call, found, _name, default=100, most=1000)
    answer: Json = {"budgets": [_render(call, each) for each in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def _name(budget: Budget) -> str:
    return budget.name


def _account(call: Call, permission: str) -> str:
    name = f"billingAccounts/{call.vars['account']}"
    return billing.fetch_account(call, name, permission).name


def _fetch(call: Call) -> Budget:
    found = call.state[BUDGETS].get(f"billingAccounts/{call.vars['account']}/budgets/{call.vars['budget']}")
    if found is None:
        raise errors.not_found()
    return found


def _given(call: Call) -> Json:
    return call.message("budget")


def _rule_name(call: Call) -> str:
    return RULE["v1beta1" if ".v1beta1." in call.method.name else "v1"]


def _members(call: Call, account: str, given: Json, fields: tuple[str, ...]) -> Json:
    """Check what was sent, and keep it as it is shown."""
    if len(str(given.get("displayName", ""))) > LONGEST_NAME:
        raise _bad("display_name", f"it is longer than {LONGEST_NAME} characters")
    kept = {name: value for name in fields if (value := _kept(given.get(name))) not in ({}, [], "", None)}
    kept["amount"] = _amount(call, account, given.get("amount"))
    kept["budgetFilter"] = _filter(kept.get("budgetFilter", {}))
    if "thresholdRules" in kept:
        kept["thresholdRules"] = [{"spendBasis": "CURRENT_SPEND", **rule} for rule in kept["thresholdRules"]]
    for rule in kept.get("thresholdRules", ()):
        percent = rule.get("thresholdPercent", 0)
        if not isinstance(percent, int | float) or percent < 0:
            raise _bad("threshold_rules.threshold_percent", "it must not be negative")
    return kept


def _filter(given: Json) -> Json:
    """Fill in what a filter does not say: all credits, by the month; a period of its own has no other.

    The defaults are those of the document's `Filter` and `ThresholdRule`; that they are shown, as `gcloud billing
    budgets describe` does in public posts, and Terraform's provider expects.
    """
    usual: Json = {"creditTypesTreatment": "INCLUDE_ALL_CREDITS"}
    return usual | ({} if "customPeriod" in given else {"calendarPeriod": "MONTH"}) | given


def _amount(call: Call, account: str, given: Any) -> Json:
    """The amount: last period's, or a sum in the account's own currency.

    That another currency is refused: `BudgetAmount.specified_amount`, budget_model.proto; the words are ours.
    """
    if not isinstance(given, dict) or ("specifiedAmount" in given) == ("lastPeriodAmount" in given):
        raise _bad("amount", "one of specified_amount and last_period_amount is required")
    if "lastPeriodAmount" in given:
        return {"lastPeriodAmount": {}}
    money = given["specifiedAmount"]
    found = call.state[billing.ACCOUNTS].get(account)
    own = found.currency if found else "USD"
    if not isinstance(money, dict) or money.get("currencyCode", own) != own:
        raise _bad("amount.specified_amount.currency_code", f"the currency of the billing account is {own}")
    try:
        units, nanos = int(money.get("units", 0)), int(money.get("nanos", 0))
    except (TypeError, ValueError):
        raise _bad("amount.specified_amount", "units and nanos are whole numbers") from None
    specified: Json = {"currencyCode": own}
    specified |= {"units": str(units)} if units else {}
    return {"specifiedAmount": specified | ({"nanos": nanos} if nanos else {})}


def _kept(value: Any) -> Any:
    """A message without what says nothing: zero numbers, false, empty texts, lists and messages."""
    if isinstance(value, dict):
        return {name: kept for name, item in value.items() if (kept := _kept(item)) not in ({}, [], "", 0, None)}
    if isinstance(value, list):
        return [_kept(item) for item in value]
    return value


def _set(target: Json, source: Json, path: list[str]) -> None:
    """Copy one field, however deep, from what was sent; what was not sent is taken away."""
    *outer, last = path
    given: Any = source
    for name in outer:
        inner = target.get(name)
        target[name] = dict(inner) if isinstance(inner, dict) else {}
        target = target[name]
        given = given.get(name) if isinstance(given, dict) else None
    if isinstance(given, dict) and last in given:
        target[last] = given[last]
    else:
        target.pop(last, None)


def _render(call: Call, budget: Budget) -> Json:
    return {"name": budget.name, **budget.members, _rule_name(call): budget.rule, "etag": str(budget.stamp)}


def _stamp(call: Call, old: int) -> int:
    return max(int(call.clock.now() * 1_000_000), old + 1)


def _bad(field: str, why: str) -> ApiError:
    """Refuse a field's value; the words are ours."""
    text = f"Invalid value for '{field}': {why}."
    return errors.invalid_argument(text, errors.bad_request((f"budget.{field}", text)))


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)
