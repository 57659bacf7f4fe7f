"""List every invariant that the audit checks."""

from config.audit.messages import MESSAGES
from config.audit.money import MONEY
from config.audit.progress import PROGRESS
from config.audit.promises import PROMISES
from config.audit.read_rows import READ_ROWS
from config.audit.sagas import SAGAS
from config.audit.stock import STOCK

INVARIANTS = [PROGRESS, MONEY, STOCK, MESSAGES, READ_ROWS, SAGAS, PROMISES]
