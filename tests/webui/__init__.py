"""The web application in a real browser, against a real daemon (web-ui.md 10.3)."""
