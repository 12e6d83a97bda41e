"""Checks of the service's own promises, for every answer that Schemathesis gets."""

import re

import schemathesis

# Words that would show a client how the service is built.
INTERNAL = re.compile(
    rb"dynamodb|amazonaws|\barn:aws|ConditionalCheckFailed|TransactionCanceled|node_modules|/lib/|\.ts:\d+|\bat async\b"
    rb"|sluice-local-|BATCH#|WALLET#|ECONNREFUSED",
    re.IGNORECASE,
)
SHOWS_CODE = re.compile(r"^/(openapi\.json|docs)")


@schemathesis.check
def counts_sum_to_the_total(ctx, response, case):
    """The statuses of a batch sum to its total at every read."""
    body = _json(response)
    if not isinstance(body, dict) or "counts" not in body:
        return
    total = sum(body["counts"].values())
    assert total == body["total_count"], f"counts sum to {total}, total_count is {body['total_count']}"


@schemathesis.check
def a_replay_answers_the_same(ctx, response, case):
    """A request with an idempotency key has the same status and bytes when it is repeated."""
    key = (case.headers or {}).get("Idempotency-Key")
    if not key or not 200 <= response.status_code < 300:
        return
    again = case.call(headers={"X-API-Key": response.request.headers.get("X-API-Key", "")})
    assert again.status_code == response.status_code, f"replayed with {again.status_code}"
    assert again.headers.get("idempotent-replayed") == ["true"], "a replay without Idempotent-Replayed"
    assert again.content == response.content, f"replayed with other bytes: {again.content!r}"


@schemathesis.check
def nothing_internal_is_shown(ctx, response, case):
    """No answer names AWS, a table, a path of the machine or a stack."""
    if SHOWS_CODE.match(case.path):
        return
    found = INTERNAL.search(response.content or b"")
    assert not found, f"the answer contains {found.group(0)!r}"


def _json(response):
    try:
        return response.json()
    except Exception:
        return None
