"""Every invariant that the audit checks; a further one is one entry here."""

from config.audit.messages import MESSAGES
from config.audit.money import MONEY
from config.audit.progress import PROGRESS
from config.audit.promises import PROMISES
from config.audit.read_rows import READ_ROWS
from config.audit.sagas import SAGAS
from config.audit.stock import STOCK

INVARIANTS = [PROGRESS, MONEY, STOCK, MESSAGES, READ_ROWS, SAGAS, PROMISES]
