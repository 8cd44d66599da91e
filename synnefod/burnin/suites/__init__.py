"""The suites, one for each part of the cloud."""
