"""The compute API in both dialects, the console's WebSocket and the guests' boot documents."""
