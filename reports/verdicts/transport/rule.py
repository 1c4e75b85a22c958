"""What an interaction allows to say: the first rule that holds, from its numbers alone."""

from dataclasses import replace

from reports.evidence import ChangeRule, Interaction, Side, Transport


def ruled(question: Interaction, *, margin: float, alpha: float) -> Interaction:
    """The question with its rule, and the side that a change favours.

    A rule needs both its test, corrected over the questions asked, and the interval that it is
    shown with, so that the two cannot contradict each other.

    Args:
        question: with its corrected p values.
        margin: the smallest difference that matters, δ.
        alpha: error rate.
    """
    test, tost = question.test, question.equivalence
    changed = test.p_holm < alpha and (test.low > 0 or test.high < 0)
    within = tost.p_holm < alpha and -margin < tost.low and tost.high < margin
    rule: ChangeRule = "same" if within else "not-shown"
    favours: Side | None = None
    if changed:
        rule = "changed-within-margin" if within else "changed"
        favours = "deep" if question.change.value > 0 else "classical"
    return replace(question, rule=rule, favours=favours)


def with_rules(found: Transport, *, margin: float, alpha: float) -> Transport:
    """All questions of a data set with their rules."""
    told = tuple(ruled(one, margin=margin, alpha=alpha) for one in found.interactions)
    return replace(found, interactions=told)
