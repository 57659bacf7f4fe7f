"""Messaging's own subscribers: alerts are logged, mailed and posted, webhooks sent again."""

from outbox.alerts import distribute, mail_alert, post_alert
from outbox.commands import AlertOperators, MailAlert, PostAlert, ResendWebhooks
from outbox.messages import Envelope
from outbox.registry import OutsideSubscriber
from outbox.retry import Retry
from outbox.webhooks.resending import request_some
from outbox.wiring import on, tables

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


@on(ResendWebhooks, subscriber="resends", publishes=[ResendWebhooks])
def resend(command: ResendWebhooks) -> None:
    request_some(command.resend_id)


# Each page of a range is a transaction of its own.
tables["resends"].subscriber.follow_up = False
