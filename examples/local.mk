# Example plans; every one is parsed and run by the tests.
