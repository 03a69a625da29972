"""Service exposures as tests of the management checks need them."""

from sekisho.model.facts import ServiceExposure

SSH = ServiceExposure(
    protocol="ssh",
    management=True,
    why="ssh",
    clear_text=False,
    login=True,
    answered_from=("management",),
    silent_from=("guest",),
    uncontrolled_from=(),
    meant_from=("management",),
    access_stated=True,
)


def service(port: int, transport: str = "tcp") -> str:
    return f"service:192.0.2.1/{transport}/{port}"
