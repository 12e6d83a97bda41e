"""Checks of the service's own promises, for every answer that Schemathesis gets."""

import json
import re

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

from scripts.fuzz import requests  # noqa: F401  registers its hook

# Words that would show a client how the service is built.
INTERNAL = re.compile(
    rb"dynamodb|amazonaws|\barn:aws|ConditionalCheckFailed|TransactionCanceled|node_modules|/lib/|\.ts:\d+|\bat async\b"
    rb"|sluice-local-|BATCH#|WALLET#|ECONNREFUSED",
    re.IGNORECASE,
)
SHOWS_CODE = re.compile(r"^/(openapi\.json|docs)")
# A link to a file names the bucket: the client talks to S3 itself.
LINK = re.compile(rb'"(upload_url|location)":"[^"]*"')
# The secret of a key or an endpoint is only in the first answer.
RETURNS_A_SECRET = (
    "POST /keys",
    "POST /keys/{key_id}/rotate",
    "POST /webhook-endpoints",
    "POST /webhook-endpoints/{endpoint_id}/rotate",
)


@schemathesis.check
def counts_sum_to_the_total(ctx, response, case):
    """The counts of a batch, of an upload, and of all batches under way sum to the total at every read."""
    body = _json(response)
    if not isinstance(body, dict) or "counts" not in body:
        return
    counted = sum(body["counts"].values()) + body.get("open", 0)
    under_way = [each for each in body.get("open_batches", []) if each["status"] in ("in_progress", "cancelling")]
    parts = body.get("batches", under_way if "open_batches" in body else [body])
    total = sum(part["total_count"] for part in parts)
    assert counted == total, f"counts sum to {counted}, total_count is {total}"


@schemathesis.check
def a_replay_answers_the_same(ctx, response, case):
    """A request with an idempotency key has the same status and bytes when it is repeated."""
    key = (case.headers or {}).get("Idempotency-Key")
    if (case.query or {}).get("dry_run") == "true":  # stores nothing, so it is never a replay
        return
    if not key or not 200 <= response.status_code < 300:
        return
    again = case.call(headers={"X-API-Key": response.request.headers.get("X-API-Key", "")})
    if case.operation.label == "POST /withdrawals":  # the current withdrawal, with 200
        assert again.status_code == 200, f"replayed with {again.status_code}"
        ids = [_json(answer)["withdrawal"]["withdrawal_id"] for answer in (response, again)]
        assert ids[0] == ids[1], f"two withdrawals of one key: {ids}"
        return
    assert again.status_code == response.status_code, f"replayed with {again.status_code}"
    assert again.headers.get("idempotent-replayed") == ["true"], "a replay without Idempotent-Replayed"
    if case.operation.label in RETURNS_A_SECRET:
        assert _json(again) == {name: value for name, value in _json(response).items() if name != "secret"}
        return
    assert again.content == response.content, f"replayed with other bytes: {again.content!r}"


@schemathesis.check
def nothing_internal_is_shown(ctx, response, case):
    """No answer names AWS, a table, a path of the machine or a stack. A client's own text may be repeated."""
    if SHOWS_CODE.match(case.path):
        return
    request = response.request
    given = f"{request.url} {dict(request.headers)}".encode() + _bytes(request.body)
    for found in INTERNAL.finditer(LINK.sub(b"", response.content or b"")):
        assert found.group(0) in given, f"the answer contains {found.group(0)!r}"


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Binary messages of RPC need the generated code. Their procedures are the same in JSON."""
    for path in raw_schema["paths"].values():
        for operation in path.values():
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                part.get("content", {}).pop("application/proto", None)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Over RPC a refusal because of the state (409 in REST) has the status 400, as an invalid request has."""
    return not (isinstance(failure, RejectedPositiveData) and b'"code":"failed_precondition"' in response.content)


def _bytes(body):
    return body.encode() if isinstance(body, str) else body or b""


def _json(response):
    try:
        return json.loads(response.content)
    except ValueError:
        return None
