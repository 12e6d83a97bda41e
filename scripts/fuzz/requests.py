"""Rules of requests that JSON Schema cannot express. A request that should be valid is changed until it satisfies them."""

import os
from datetime import date, datetime, timedelta
from uuid import uuid4

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import stateful

# Links are always followed. By chance, a step would have another status when Hypothesis repeats it, which ends the phase.
stateful.DEFAULT_USE_PROBABILITY = 1.0
stateful.BASE_EXPLORATION_RATE = 0.0

# An asset that can be withdrawn on each network, an amount of it, and an address of the network.
ETHEREUM = "0x52908400098527886e0f7030069857d2e4169ee7"
ETH = ("ETH", "1000000000000000", ETHEREUM)
USDT = ("USDT", "10000000", ETHEREUM)
NETWORKS = {
    "bitcoin": ("BTC", "1000000", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
    "ethereum": ETH,
    "polygon": USDT,
    "bsc": USDT,
    "arbitrum": ETH,
    "base": ETH,
    "optimism": ETH,
    "solana": ("SOL", "1000000000", "So11111111111111111111111111111111111111112"),
    "tron": ("TRX", "10000000", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"),
}
# Not the addresses of withdrawals.
OTHER = "0x8617e340b3d01fa5f11f306f4090fd50e238070d"
DENIED = {
    **dict.fromkeys(NETWORKS, OTHER),
    "bitcoin": "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
    "solana": "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
    "tron": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
}
ASSETS = {asset for asset, _, _ in NETWORKS.values()}
MAX_DAYS = timedelta(days=92)


@schemathesis.hook
def map_case(context, case):
    if case.meta is None:
        return case
    _satisfy_rules(case)
    if case.meta.phase.name.value == "stateful":
        _use_new_names(case)
    return case


def _satisfy_rules(case):
    label = case.operation.label
    if (case.path_parameters or {}).get("key_id") == os.environ["SLUICE_KEY_ID"] and case.method != "GET":
        case.path_parameters["key_id"] = f"key_{uuid4().hex}"  # that of an example is the key of this run: revoked, it gets 401
    places = (ParameterLocation.BODY, ParameterLocation.HEADER)
    if label == "POST /batches" and case.query and not all(_should_be_valid(case, place) for place in places):
        case.query.pop("dry_run", None)  # a dry run answers an invalid body or key with 200
    if isinstance(case.query, dict) and _should_be_valid(case, ParameterLocation.QUERY):
        _cursor(case.query)
        RULES_OF_QUERIES.get(label, _nothing)(case.query)
    if isinstance(case.body, (dict, list)) and _should_be_valid(case, ParameterLocation.BODY):
        case.body = _whole_numbers(case.body)
        RULES_OF_BODIES.get(label, _nothing)(case.body)
        if label == "POST /withdrawals":
            _one_key(case)
    if case.headers and "Idempotency-Key" in case.headers and _should_be_valid(case, ParameterLocation.HEADER):
        # Short keys come again by chance, and another request with the same key is refused.
        case.headers["Idempotency-Key"] = f"{case.headers['Idempotency-Key'][:200]}{uuid4()}"
    if "denied-addresses/{network}" in case.path and _should_be_valid(case, ParameterLocation.PATH):
        case.path_parameters["address"] = DENIED[case.path_parameters["network"]]


def _should_be_valid(case, location):
    return not case.meta.is_negative_at(location)


def _use_new_names(case):
    """
    Hypothesis repeats the steps of a scenario, and ends the phase if a step has another status then. So what a step creates
    has a new name each time, and a step uses only what its scenario created.
    """
    name = f"{NEW}{uuid4()}"
    label = case.operation.label
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = name
    if case.path_parameters and not str(case.path_parameters.get("user_id", NEW)).startswith(NEW):
        case.path_parameters["user_id"] = name
    if isinstance(case.query, dict):
        for field in ("status", "page", "dry_run"):  # a page may be empty or not, and a dry run creates nothing
            case.query.pop(field, None)
        if _should_be_valid(case, ParameterLocation.QUERY):
            RULES_OF_QUERIES.get(label, _nothing)(case.query)
    if not isinstance(case.body, dict) or not _should_be_valid(case, ParameterLocation.BODY):
        return
    for field in NAMES.get(label, ()):
        case.body[field] = name
    if label == "POST /orders":
        for index, line in enumerate(case.body.get("lines", [case.body])):
            if not line["product_id"].startswith(NEW):
                line["product_id"] = f"{name}-{index}"
    SAMPLES.get(label, _nothing)(case.body)
    if "source" in case.body:
        case.body["source"] = None
        RULES_OF_BODIES[label](case.body)


def _nothing(_):
    pass


def _cursor(query):
    """A cursor must come from an earlier page."""
    query.pop("cursor", None)


def _whole_numbers(value):
    """To JSON Schema 1.0 is a whole number. The service refuses it: it is usually a mistake."""
    if isinstance(value, dict):
        return {name: _whole_numbers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _first_of_each(entries, key):
    """An id names one entry of a list."""
    return list({entry[key]: entry for entry in reversed(entries)}.values())


def _batch(body):
    """Amounts have at most the decimals of their currency, and its limit. Whole numbers below 9 x 10^11 are valid in all."""
    for name, key in (("payouts", "vendor_id"), ("items", "external_id")):
        if name in body:
            body[name] = _first_of_each(body[name], key)
    for payout in body.get("payouts", []):
        payout["amount"] = min(max(int(payout["amount"]), 1), 900_000_000_000)
    named = [payout for payout in body.get("payouts", []) if "external_id" in payout]
    unique = _first_of_each(named, "external_id")
    for payout in named:
        if payout not in unique:
            del payout["external_id"]
    if len(body.get("payouts", [])) > 1:  # they may name the same sale
        body.pop("claim_transactions", None)
    if body.get("auto_start") is False:
        body.pop("start_at", None)
    _claims(body)
    _schedule(body)


def _claims(body):
    """If duplicates are allowed, nothing is claimed."""
    if body.get("duplicates") == "allow":
        body.pop("claim_transactions", None)


def _find(query):
    """One filter, or a status within a batch. Without a batch, few statuses are indexed."""
    for name in ("external_id", "transaction_id"):
        if name in query:
            for other in {"external_id", "transaction_id", "batch_id", "status"} - {name}:
                query.pop(other, None)
    if "batch_id" not in query and "external_id" not in query and "transaction_id" not in query:
        query["status"] = "failed"


def _schedule(body):
    """The time is at most 90 days ahead."""
    if "start_at" in body:
        body["start_at"] = f"{date.today() + timedelta(days=30)}T00:00:00Z"


def _order(body):
    """The quantities of a product are limited in total."""
    if "lines" in body:
        body["lines"] = _first_of_each(body["lines"], "product_id")


def _product(body):
    """The service refuses another product with the id of the example."""
    if body.get("id") == "tour-shirt-m":
        body["id"] = f"{NEW}{uuid4()}"


def _rows(body):
    """Rows of one id must be equal."""
    if isinstance(body, dict) and "transactions" in body:
        body["transactions"] = _first_of_each(body["transactions"], "id")
    elif isinstance(body, list):
        body[:] = _first_of_each(body, "id")
    rows = body if isinstance(body, list) else body.get("transactions", [body])
    for row in rows:
        row["paid_at"] = _within_years(row["paid_at"])


def _within_years(time):
    """In UTC, too, a time is from 2000 to 9999. Its offset can move it out of these years."""
    return "2000-01-02T00:00:00Z" if time[:10] in ("2000-01-01", "9999-12-31") and time[-1] not in "Zz" else time


def _unit(body):
    """Currencies, or the assets of the configuration: their amounts are strings."""
    if isinstance(body.get("amount"), str):
        body["currency"] = "BTC"
    elif "amount" not in body:
        body["currency"] = "IDR" if len(body["currency"]) == 3 else "BTC"


def _withdrawal(body):
    """The asset, its network, an address of the network, and an amount within its limits. Only `external` needs no wallet."""
    name = "destination_address" if "destination_address" in body else "destinationAddress"
    if body["network"] == "bsc":  # no asset by default
        body["network"] = "base"
    body["asset"], body["amount"], body[name] = NETWORKS[body["network"]]
    if not body.get("source"):
        body["source"] = "external" if name == "destination_address" else "WITHDRAWAL_SOURCE_EXTERNAL"


def _one_key(case):
    """The key is a field or a header, which must be the same. The key of the example belongs to one withdrawal."""
    headers = case.headers or {}
    if "idempotency_key" in case.body:
        headers.pop("Idempotency-Key", None)
    if "Idempotency-Key" not in headers:
        case.body["idempotency_key"] = f"{case.body.get('idempotency_key', '')[:200]}{uuid4()}"


def _audit(query):
    """`from` must be before `to`, and not long before it without a subject."""
    if "to" in query:
        query["to"] = _within_years(query["to"])
    if "from" in query and not ("subject" in query and _is_before(query.get("from"), query.get("to"))):
        del query["from"]


def _times(query):
    for name in ("as_of", "from", "to"):
        if name in query:
            query[name] = _within_years(query[name])


def _is_before(begin, end):
    try:
        return datetime.fromisoformat(begin) < datetime.fromisoformat(end)
    except (TypeError, ValueError):
        return False


def _range(days):
    """`from` is not after `to`, and the range is at most 92 days."""
    begin, end = date.fromisoformat(days["from"]), date.fromisoformat(days["to"])
    if not begin <= end < begin + MAX_DAYS:
        days["to"] = days["from"]


def _past_range(days):
    """A job settles days that have begun."""
    _range(days)
    if days["to"] >= "2026-01-01":
        days["from"] = days["to"] = "2025-12-31"


def _not_started(body):
    """So that the steps after it can start it. The status of a batch in progress changes from one moment to the next."""
    body["auto_start"] = False
    body.pop("start_at", None)


def _one_piece(body):
    if "quantity" in body:
        body["quantity"] = 1


def _deposit(body):
    body.update(currency="IDR", amount=150_000)


def _payment(body):
    """main.ts makes the provider before the run."""
    body.update(provider_id="pln", amount=25_000)


def _key(body):
    """Limits are in known currencies, the expiry is in the future, and a secret belongs to one key."""
    body.pop("secret_sha256", None)
    if "expires_at" in body:
        body["expires_at"] = "2099-12-31T00:00:00Z"
    for limit in ("max_per_payout", "max_per_day"):
        if limit in body.get("limits", {}):
            body["limits"][limit] = {"IDR": 5_000_000_000}


def _policy(body):
    """A rule about the deny-list has no conditions, and an amount has a currency."""
    for rule in body["rules"]:
        for condition in ("total_from_minor", "largest_from_minor", "new_payee", "currency"):
            rule.pop(condition, None)


def _endpoint(body):
    """A URL of this machine on which nothing listens, so that nothing outside is called; and an event that exists."""
    if "url" in body:
        body["url"] = "http://127.0.0.1:9/"
    if "event_types" in body:
        body["event_types"] = ["payout.failed"]


def _replay(body):
    """A range has both ends, and at most 31 days."""
    if "from" in body or "to" in body:
        body.update({"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"})


def _page(body):
    body.pop("pageToken", None)


NEW = "fuzz-"
NAMES = {
    "POST /batches": ["batch_id"],
    "POST /products": ["id"],
    "POST /providers": ["provider_id"],
    "POST /wallets": ["user_id"],
    "POST /withdrawals": ["idempotency_key"],
    "POST /withdrawal.v1.WithdrawalService/CreateWithdrawal": ["idempotencyKey"],
}
# Of scenarios. What a scenario has created covers these amounts.
SAMPLES = {
    "POST /batches": _not_started,
    "POST /orders": _one_piece,
    "POST /wallets/{user_id}/deposits": _deposit,
    "POST /wallets/{user_id}/payments": _payment,
}
RULES_OF_QUERIES = {
    "GET /audit": _audit,
    "GET /payouts": _find,
    "GET /settlements": _range,
    "GET /wallets/{user_id}/balance": _times,
    "GET /wallets/{user_id}/transactions": _times,
}
RULES_OF_BODIES = {
    "POST /batches": _batch,
    "POST /batches/uploads": _claims,
    "POST /batches/{batch_id}/schedule": _schedule,
    "POST /jobs/settlement": _past_range,
    "POST /keys": _key,
    "POST /keys/{key_id}/rotate": _key,
    "POST /orders": _order,
    "POST /products": _product,
    "POST /transactions": _rows,
    "POST /wallets": _unit,
    "POST /wallets/{user_id}/deposits": _unit,
    "POST /withdrawals": _withdrawal,
    "POST /withdrawal.v1.WithdrawalService/CreateWithdrawal": _withdrawal,
    "POST /withdrawal.v1.WithdrawalService/ListWithdrawals": _page,
    "PATCH /webhook-endpoints/{endpoint_id}": _endpoint,
    "POST /webhook-endpoints": _endpoint,
    "POST /webhook-endpoints/{endpoint_id}/replay": _replay,
    "PUT /keys/{key_id}": _key,
    "PUT /policies/approvals": _policy,
}
