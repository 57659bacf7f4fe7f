"""The bank of the sandbox gateway: it settles what waits there, and reports it by webhook."""

from payments.gateways.port import gateway_named
from payments.gateways.sandbox import webhooks
from payments.gateways.sandbox.book import WaitingEntry
from payments.gateways.sandbox.gateway import SandboxGateway
from payments.webhooks import receive_webhook

GATEWAY = "sandbox"


def asked(*, token: str = "", order_id: str = "") -> list[WaitingEntry]:
    """Return what waits at the sandbox's bank: of this token, of this order, or all."""
    return _sandbox().book.waiting(token=token, order_id=order_id)


def answer_bank(token: str, *, confirmed: bool, report: bool = True) -> WaitingEntry | None:
    """Confirm or refuse a payment at the sandbox's bank, as a customer does; or settle it later.

    :param report: whether the sandbox sends its signed webhook; it may be lost.
    :returns: the entry with its new state; ``None`` if nothing waits under this token.
    """
    sandbox = _sandbox()
    entry = sandbox.answer_bank(token, confirmed=confirmed)
    if entry is not None and report and sandbox.webhook_secrets:
        body = webhooks.body_of_answer(entry)
        headers = webhooks.headers_of(body, sandbox.webhook_secrets[0])
        receive_webhook(gateway=GATEWAY, body=body, headers=headers)
    return entry


def _sandbox() -> SandboxGateway:
    sandbox = gateway_named(GATEWAY)
    if not isinstance(sandbox, SandboxGateway):
        raise TypeError(f"{sandbox} is not the sandbox")
    return sandbox
