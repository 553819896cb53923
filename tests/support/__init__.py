"""The machinery under the tests: servers, databases, workers, browsers. Stories and people live beside the tests."""
