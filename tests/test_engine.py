"""The engine gives the same results however many processes do the work."""

import os
from functools import partial
from operator import add

import pytest
from pipeline.engine import map_shards
from pipeline.errors import RapportError


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_the_order_of_the_tasks(workers):
    assert list(map_shards(partial, (add, 10), [3, 1, 2], workers)) == [13, 11, 12]


def test_no_tasks_give_no_results():
    assert list(map_shards(partial, (add, 1), [], 2)) == []


def test_a_worker_that_dies_is_told():
    with pytest.raises(RapportError, match="ended from outside"):
        list(map_shards(partial, (os._exit,), [9, 9], 2))
