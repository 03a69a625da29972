from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.http.api import read_api
from scanners.http.parse import Response
from sekisho.model.api_facts import ApiAnswer


def response(status: int, body: object, **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, tuple((k.replace("_", "-"), v) for k, v in headers.items()), raw, is_complete=True)


REFUSAL = {"error": {"root_cause": [], "type": "security_exception", "reason": "missing authentication"}, "status": 401}
STATUS = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403}


@pytest.mark.parametrize(
    ("given_", "api"),
    [
        (
            response(200, {"name": "n", "cluster_name": "c", "version": {"number": "8.11.1"}, "tagline": "…"}),
            ApiAnswer("elasticsearch", "8.11.1", "answered"),
        ),
        (
            response(200, {"cluster_name": "c", "version": {"distribution": "opensearch", "number": "2.11.0"}}),
            ApiAnswer("opensearch", "2.11.0", "answered"),
        ),
        (response(401, REFUSAL), ApiAnswer("elasticsearch", "", "demanded")),
        (response(200, {"couchdb": "Welcome", "version": "3.3.3"}), ApiAnswer("couchdb", "3.3.3", "not_seen")),
        (response(401, {"error": "unauthorized"}, server="CouchDB/3.3.3"), ApiAnswer("couchdb", "", "demanded")),
        (response(401, {"error": "unauthorized"}), None),
        (
            response(404, b"404 page not found\n", x_influxdb_version="1.6.7~rc0"),
            ApiAnswer("influxdb", "1.6.7~rc0", "not_seen"),
        ),
        (
            response(200, {"Version": "20.10.24+dfsg1", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}),
            ApiAnswer("docker", "20.10.24+dfsg1", "answered"),
        ),
        (response(404, {"message": "page not found"}), None),
        (response(403, REFUSAL), ApiAnswer("elasticsearch", "", "not_seen")),
        (response(403, STATUS), ApiAnswer("kubernetes", "", "not_seen")),
        (response(401, STATUS), ApiAnswer("kubernetes", "", "demanded")),
        (response(200, {"paths": ["/api", "/api/v1", "/apis"]}), ApiAnswer("kubernetes", "", "answered")),
        (
            response(200, {"major": "1", "gitVersion": "v1.28.3", "gitTreeState": "clean"}),
            ApiAnswer("kubernetes", "1.28.3", "not_seen"),
        ),
        (response(200, {"etcdserver": "3.4.23", "etcdcluster": "3.4.0"}), ApiAnswer("etcd", "3.4.23", "not_seen")),
        (
            response(200, b"<title>Prometheus Time Series Collection and Processing Server</title>"),
            ApiAnswer("prometheus", "", "answered"),
        ),
        (response(302, b'<a href="/graph">Found</a>.'), None),
        (response(200, b"{not json"), None),
        (response(200, [1, 2]), None),
        (response(200, {"paths": [{}, 1]}), None),
        (response(200, b"{" + b'"a":[' * 5000), None),
    ],
)
def test_interfaces(given_: Response, api: ApiAnswer | None) -> None:
    assert read_api(given_) == api


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["version", "cluster_name", "error", "couchdb", "ApiVersion", "MinAPIVersion", "paths", "Version"]
)


@given(st.sampled_from([200, 401, 403, 404]), st.dictionaries(KEYS | st.text(max_size=8), VALUES, max_size=6))
def test_reading_is_total(status: int, body: dict[str, object]) -> None:
    found = read_api(response(status, body))
    assert found is None or found.access in {"answered", "demanded", "not_seen"}
