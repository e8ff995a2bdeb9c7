"""Plan to verdict: the rooms in the order data walks through them."""
