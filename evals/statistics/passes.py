"""What several tries at one item are worth: pass@k, one of k passes; pass^k, all k pass.

Sources: Chen et al., "Evaluating Large Language Models Trained on Code" (2021), arXiv:2107.03374, equation 1;
Yao et al., "τ-bench" (2024), arXiv:2406.12045, section 4. Both are unbiased over the n tries there are.
"""

import math


def pass_at(k: int, tries: int, passes: int) -> float:
    """Return the chance that at least one of k tries passes: 1 - C(n - c, k) / C(n, k)."""
    return 1 - math.comb(tries - passes, k) / math.comb(tries, k)


def pass_hat(k: int, tries: int, passes: int) -> float:
    """Return the chance that all of k tries pass: C(c, k) / C(n, k)."""
    return math.comb(passes, k) / math.comb(tries, k)
