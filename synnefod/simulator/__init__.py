"""A Ganeti that is not there: RAPI 3.0's wire, a job queue on a clock, screens. No policy."""
