"""Messaging's own subscribers: an alert is logged, and handed to each channel to the outside."""

from outbox.alerts import hand_on, mail_alert, post_alert
from outbox.commands import AlertOperators, MailAlert, PostAlert
from outbox.messages import Envelope
from outbox.registry import OutsideSubscriber
from outbox.retry import Retry
from outbox.wiring import on

PATIENCE = Retry(attempts=20, base=1, cap=600)


@on(AlertOperators, subscriber="alerts", publishes=[MailAlert, PostAlert])
def alert(command: AlertOperators) -> None:
    hand_on(command)


def mail(envelope: Envelope[MailAlert]) -> None:
    """Mail one alert; one whose commit is lost goes out twice."""
    mail_alert(envelope.message)


def post(envelope: Envelope[PostAlert]) -> None:
    """Post one alert; likewise."""
    post_alert(envelope.message)


alert_mails = OutsideSubscriber("alert_mails", call=mail, publishes=False, retry=PATIENCE)
alert_mails.hear(MailAlert)

alert_posts = OutsideSubscriber("alert_posts", call=post, publishes=False, retry=PATIENCE)
alert_posts.hear(PostAlert)
