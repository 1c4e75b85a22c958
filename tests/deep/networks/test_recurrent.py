import pytest
import torch

from deep.networks.recurrent import RowGRU


@pytest.mark.slow
def test_the_order_of_the_rows_matters_and_that_of_other_images_does_not():
    torch.manual_seed(0)
    network = RowGRU(2, 3, 16).eval()
    images = torch.randn(5, 2, 16, 16)
    with torch.no_grad():
        logits = network(images)
        assert logits.shape == (5, 3)
        torch.testing.assert_close(network(images[[3, 1]]), logits[[3, 1]])
        assert not torch.allclose(network(images[:, :, torch.randperm(16)]), logits, atol=1e-3)


def test_both_directions_are_read():
    """A change in the last row reaches what is said of the first, and the other way round."""
    network = RowGRU(1, 2, 16).eval()
    with torch.no_grad():
        images = torch.randn(1, 1, 16, 16)
        states = network.forward_features(images)
        for changed, other in [(0, 15), (15, 0)]:
            different = images.clone()
            different[:, :, changed] += 3
            moved = network.forward_features(different)
            assert not torch.equal(moved[:, other], states[:, other])


def test_the_output_layer_sees_mean_and_maximum_over_the_rows():
    network = RowGRU(1, 2, 16).eval()
    with torch.no_grad():
        states = network.forward_features(torch.randn(3, 1, 16, 16))
        seen = network.forward_head(states, pre_logits=True)
        expected = network.norm(torch.cat([states.mean(1), states.max(1).values], 1))
        torch.testing.assert_close(seen, expected)
        torch.testing.assert_close(network.forward_head(states), network.get_classifier()(seen))
