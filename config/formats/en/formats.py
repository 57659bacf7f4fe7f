"""How the admin writes times: to the second, since the order of things is what one looks for."""

DATETIME_FORMAT = "j M Y H:i:s"
