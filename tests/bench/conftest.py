"""This tree, and skipping where nginx is missing."""

import os

import pytest
from bench.errors import BenchError
from bench.farm.nginx import program
from bench.tree import HERE, Tree


@pytest.fixture
def here() -> Tree:
    """Return the tree that the tests belong to."""
    return Tree("here", HERE)


@pytest.fixture
def _nginx() -> None:
    """Skip where nginx is not installed, but not in CI, where it has to be."""
    try:
        program()
    except BenchError as wrong:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(wrong))
