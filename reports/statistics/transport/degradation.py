"""How much of what an AUC tells is lost, for example on spoilt images."""


def share_lost(auc: float, spoilt: float) -> float | None:
    """Share of what lies above 0.5 that is lost; below 0 where the second is higher.

    AUCs near 1 and near 0.6 that lose 0.05 do not lose the same: the one keeps nine tenths of what
    it tells about the truth, the other half.

    Args:
        auc: as it was.
        spoilt: as it is now.

    Returns:
        None where the first is no better than chance, so that there is nothing to lose.

    >>> share_lost(0.9, 0.7), share_lost(0.5, 0.4)
    (0.5, None)
    """
    if auc - 0.5 < 1e-9:
        return None
    return round((auc - spoilt) / (auc - 0.5), 12)
