import pytest

from cases.lifecycle import State


@pytest.mark.parametrize("state", State.values)
def test_every_state_is_reached_by_real_verbs(case_in, state):
    case = case_in(state)

    assert case.state == state
