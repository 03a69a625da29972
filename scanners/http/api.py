"""Interfaces for programs, told from one HTTP answer: databases and the administration of containers. Pure and total.

Source: Elasticsearch guide ("Info API", "Minimal security": security_exception), OpenSearch ("Server info"), CouchDB
3.3 (api/server, "/"), InfluxDB 1.8 (headers of every answer), Prometheus 2 (its page), Docker Engine API 1.41
("/version"), Kubernetes API ("Status", anonymous requests, "/version"), etcd 3.4 ("/version"), read 2026-11-21; etcd
3.4.23, InfluxDB 1.6.7, Prometheus 2.42 and Docker 20.10.24 of Debian 12 compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from scanners.http.parse import Response
from sekisho.model.api_facts import ApiAnswer

ANSWERED: Final = "answered"
DEMANDED: Final = "demanded"
NOT_SEEN: Final = "not_seen"
_OK: Final = 200
_UNAUTHORIZED: Final = 401
_SHUT: Final = frozenset({_UNAUTHORIZED, 403})
"""401 demands a log-in. 403 may be said to a caller who was let in as nobody, and who may do other things than this."""
_MOST: Final = 40
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+~_-]*")
_PROMETHEUS: Final = re.compile(rb"<title>Prometheus Time Series Collection and Processing Server</title>")
_Json = Mapping[str, Any]


def read_api(response: Response) -> ApiAnswer | None:
    """Tell which interface gave an answer; None where the answer shows none that is known."""
    if response.header("x-influxdb-version"):
        return ApiAnswer("influxdb", _version(response.header("x-influxdb-version")), _demand(response))
    if response.status == _OK and _PROMETHEUS.search(response.body):
        return ApiAnswer("prometheus", "", ANSWERED)
    told = _object(response.body)
    found = (read(response, told) for read in _READERS)
    return next((one for one in found if one is not None), None) if told else None


def _elasticsearch(response: Response, told: _Json) -> ApiAnswer | None:
    """Read the greeting of Elasticsearch or OpenSearch, or what they say to those who haven't logged in."""
    version, error = told.get("version"), told.get("error")
    if response.status == _OK and isinstance(version, dict) and "cluster_name" in told and "number" in version:
        name = "opensearch" if version.get("distribution") == "opensearch" else "elasticsearch"
        return ApiAnswer(name, _version(version["number"]), ANSWERED)
    if response.status in _SHUT and isinstance(error, dict) and error.get("type") == "security_exception":
        return ApiAnswer("elasticsearch", "", _demand(response))
    return None


def _couchdb(response: Response, told: _Json) -> ApiAnswer | None:
    """Read the greeting of CouchDB, which is for everybody unless all of it is shut."""
    if response.status == _OK and told.get("couchdb") == "Welcome":
        return ApiAnswer("couchdb", _version(told.get("version")), NOT_SEEN)
    if response.status in _SHUT and response.header("server").startswith("CouchDB/"):
        return ApiAnswer("couchdb", "", _demand(response))
    return None


def _docker(response: Response, told: _Json) -> ApiAnswer | None:
    """Read what Docker Engine says of its version; who is told that may start containers as well."""
    if response.status == _OK and "ApiVersion" in told and "MinAPIVersion" in told:
        return ApiAnswer("docker", _version(told.get("Version")), ANSWERED)
    return None


def _kubernetes(response: Response, told: _Json) -> ApiAnswer | None:
    """Read a Kubernetes API: what it serves, its refusal, or its version, which it tells everybody."""
    if told.get("kind") == "Status" and told.get("apiVersion") == "v1" and response.status in _SHUT:
        return ApiAnswer("kubernetes", "", _demand(response))
    paths = told.get("paths")
    if response.status == _OK and isinstance(paths, list) and {"/api", "/apis"} <= set(filter(_is_text, paths)):
        return ApiAnswer("kubernetes", "", ANSWERED)
    if response.status == _OK and "gitVersion" in told and "gitTreeState" in told:
        return ApiAnswer("kubernetes", _version(str(told["gitVersion"]).removeprefix("v")), NOT_SEEN)
    return None


def _etcd(response: Response, told: _Json) -> ApiAnswer | None:
    """Read the version of etcd, which it tells everybody."""
    if response.status == _OK and "etcdserver" in told and "etcdcluster" in told:
        return ApiAnswer("etcd", _version(told["etcdserver"]), NOT_SEEN)
    return None


_READERS: Final[tuple[Callable[[Response, _Json], ApiAnswer | None], ...]] = (
    _elasticsearch, _couchdb, _docker, _kubernetes, _etcd,
)  # fmt: skip


def _demand(response: Response) -> str:
    """Tell whether an answer that serves nothing demands a log-in."""
    return DEMANDED if response.status == _UNAUTHORIZED else NOT_SEEN


def _object(body: bytes) -> _Json:
    """Give a body as a JSON object, empty if it is none."""
    if not body.lstrip().startswith(b"{"):
        return {}
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _version(told: object) -> str:
    """Give a version as told, "" for what is none."""
    found = _VERSION.match(told) if isinstance(told, str) else None
    return found[0][:_MOST] if found else ""


def _is_text(value: object) -> bool:
    """Tell whether a value of a list is a text."""
    return isinstance(value, str)
