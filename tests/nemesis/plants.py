"""The names of bugs that a fault run can plant, and what each of them does wrong."""

PLANTS = {
    "answer-kept-apart": "the answer to an Idempotency-Key is committed after its effect",
    "cursor": "lanes are claimed beyond the highest id seen, instead of all that are owed",
    "key-per-try": "each try of a call to the gateway has another key",
    "marked-before-handled": "a message counts as handled once it is claimed",
    "mark-apart": "the mark that a message is handled is committed after its effect",
    "no-fencing": "a worker that has lost its claim commits all the same",
    "no-ticks": "beat no longer looks for what is owed",
    "published-later": "OrderPlaced is published in a transaction after that of the order",
    "silence-is-a-decline": "a gateway that does not answer counts as one that declines",
}
