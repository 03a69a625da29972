"""Lists of suites and keys as tests of the suite and key-exchange checks need them."""

from dataclasses import replace

from sekisho.model.tls_facts import TlsExchange, TlsSuites, TlsVersionSuites

GCM, DHE_GCM = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
CBC, RSA = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_128_GCM_SHA256"
AES13, CCM13 = "TLS_AES_128_GCM_SHA256", "TLS_AES_128_CCM_8_SHA256"
P256, X25519, P192 = (TlsExchange("ecdhe", n, b) for n, b in (("secp256r1", 256), ("x25519", 256), ("secp192r1", 192)))
DHE2048, DHE1024 = TlsExchange("dhe", "dh2048", 2048), TlsExchange("dhe", "dh1024", 1024)
TLS13 = TlsVersionSuites("tls1.3", (AES13,), exchanges=(X25519,))
TLS12 = TlsVersionSuites("tls1.2", (GCM,), exchanges=(P256,))
TLS10 = TlsVersionSuites("tls1.0", (CBC,), exchanges=(P256,))


def taking(*suites: str, seen: TlsVersionSuites = TLS12, keys: tuple[TlsExchange, ...] = ()) -> TlsVersionSuites:
    """Add suites and keys to a version."""
    return replace(seen, suites=(*seen.suites, *suites), exchanges=(*seen.exchanges, *keys))


def service(*versions: TlsVersionSuites, untried: tuple[str, ...] = ()) -> TlsSuites:
    """Build a service."""
    return TlsSuites(versions, untried)
