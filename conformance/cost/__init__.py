"""The price of a convention: stack bytes, machine code and time of a call, beside what was claimed of them."""
