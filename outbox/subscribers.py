"""Messaging's own subscribers: they log, mail and post alerts."""

from outbox.alerts import distribute, mail_alert, post_alert
from outbox.commands import AlertOperators, MailAlert, PostAlert
from outbox.messages import Envelope
from outbox.registry import OutsideSubscriber
from outbox.retry import Retry
from outbox.wiring import on

PATIENCE = Retry(attempts=20, base=1, cap=600)


@on(AlertOperators, subscriber="alerts", publishes=[MailAlert, PostAlert])
def alert(command: AlertOperators) -> None:
    distribute(command)


def mail(envelope: Envelope[MailAlert]) -> None:
    """Mail one alert; if the commit afterwards is lost, it is mailed twice."""
    mail_alert(envelope.message)


def post(envelope: Envelope[PostAlert]) -> None:
    """Post one alert; if the commit afterwards is lost, it is posted twice."""
    post_alert(envelope.message)


alert_mails = OutsideSubscriber("alert_mails", call=mail, publishes=False, retry=PATIENCE)
alert_mails.subscribe_to(MailAlert)

alert_posts = OutsideSubscriber("alert_posts", call=post, publishes=False, retry=PATIENCE)
alert_posts.subscribe_to(PostAlert)
