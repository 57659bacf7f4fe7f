"""What the shop of a fault run sells, and to how many customers."""

CUSTOMERS = 4
PRICE = 1250
PLENTY, SCARCE, NONE = "MUG", "CUP", "BOWL"
STOCK = {PLENTY: 1_000_000, SCARCE: 40, NONE: 0}
