"""E-mail with a Message-ID of our own.

Apprise gives every mail a random one. Ours is the delivery's, so that a mail sent again after a
crash is recognised as the same one.
"""

from email import message_from_string

from apprise.plugins.email import NotifyEmail
from apprise.plugins.email.smtp import SMTP_DEFAULT_PORTS, AppriseSMTPController


def send_mail(target: NotifyEmail, title: str, body: str, message_id: str) -> bool:
    """Send a text to all recipients of the target; whether all were accepted. Blocks.

    Raises OSError or smtplib.SMTPException when the server cannot be spoken to.
    """
    mails = NotifyEmail.prepare_emails(
        subject=title,
        body=body,
        notify_format="text",
        from_addr=target.from_addr,
        to=target.targets,
        cc=target.cc,
        bcc=target.bcc,
        reply_to=target.reply_to,
        smtp_host=target.smtp_host,
        names=target.names,
        tzinfo=target.tzinfo,
    )
    controller = AppriseSMTPController(
        host=target.smtp_host,
        port=port_of(target),
        secure_mode=str(target.secure_mode),
        user=target.user,
        password=target.password,
        verify_certificate=target.verify_certificate,
    )
    with controller as server:
        accepted = [
            server.sendmail(
                str(target.from_addr[1]), mail.to_addrs, _named(str(mail.body), message_id)
            )
            for mail in mails
        ]
    return bool(accepted) and all(accepted)


def port_of(target: NotifyEmail) -> int:
    """The port of the mail server, which the kind of transport implies where none is named."""
    return int(target.port or SMTP_DEFAULT_PORTS[str(target.secure_mode)])


def _named(mail: str, message_id: str) -> str:
    message = message_from_string(mail)
    del message["Message-ID"]
    message["Message-ID"] = message_id
    return message.as_string()
