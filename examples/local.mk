# Example plans; every one is parsed and run by the tests.
examplesdir = $(pkgdatadir)/examples
dist_examples_DATA = \
	examples/addresses.ini \
	examples/chaos-day.ini \
	examples/client.ini \
	examples/connections.ini \
	examples/data.ini \
	examples/journey.ini \
	examples/load-plan.yaml \
	examples/open-model.ini \
	examples/quick.ini \
	examples/ramp.ini \
	examples/safety.ini \
	examples/slo.ini \
	examples/smoke.ini \
	examples/soak.ini \
	examples/spike.ini \
	examples/users.csv
