"""From a page to a report, a verdict and a transition."""
