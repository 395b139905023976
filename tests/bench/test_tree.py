"""The trees that are compared."""

import pytest
from bench.errors import BenchError
from bench.tree import HERE, trees


def test_this_tree_stands_alone() -> None:
    """Without another commit there is this tree, as it is."""
    with trees(None) as (here,):
        assert here.folder == HERE
        assert here.program.is_file()


def test_a_commit_is_checked_out_next_to_it() -> None:
    """Another commit is there as long as it is needed, and no longer."""
    with trees("HEAD") as (here, other):
        assert here.folder == HERE
        assert other.program.is_file()
    assert not other.folder.exists()


def test_a_commit_that_is_not_there() -> None:
    """A name that git does not know is an error."""
    with (
        pytest.raises(BenchError, match=r"--against no-such-commit: .*no-such-commit"),
        trees("no-such-commit"),
    ):
        pass
