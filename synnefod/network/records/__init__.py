"""The network service's tables. Only this service reads or writes them."""
