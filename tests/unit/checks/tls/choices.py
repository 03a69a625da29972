"""TLS choices as tests of the suite and key-exchange checks need them."""

from sekisho.model.tls_classes import TLS_CLASSES, TlsChoice, TlsClasses

GCM, DHE_GCM = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
CBC, RSA = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_128_GCM_SHA256"
AES13, CCM13 = "TLS_AES_128_GCM_SHA256", "TLS_AES_128_CCM_8_SHA256"
TLS13 = TlsChoice("tls1.3", "", "accepted", AES13, "ecdhe", "x25519", 256)
TLS12 = TlsChoice("tls1.2", "", "accepted", GCM, "ecdhe", "secp256r1", 256)
TLS10 = TlsChoice("tls1.0", "", "accepted", CBC, "ecdhe", "secp256r1", 256)


def taken(limited_to: str, suite: str, exchange: str = "ecdhe", bits: int = 256) -> TlsChoice:
    return TlsChoice("tls1.2", limited_to, "accepted", suite, exchange, f"{exchange}{bits}", bits)


def classes(
    *choices: TlsChoice, untried: str = "", possible: tuple[str, ...] = (GCM, DHE_GCM), versions: tuple[str, ...] = ()
) -> TlsClasses:
    """Build a service that refused every class but those given or untried."""
    own = {c.limited_to: c for c in choices if c.limited_to}
    chosen = tuple(c for c in choices if not c.limited_to)
    if not any(c.version == "tls1.2" for c in chosen):
        return TlsClasses(chosen, untried=versions)
    rest = {n: TlsChoice("tls1.2", n, "untried" if n in untried.split() else "refused") for n in TLS_CLASSES}
    return TlsClasses(chosen, tuple((rest | own)[n] for n in TLS_CLASSES), possible, versions)
