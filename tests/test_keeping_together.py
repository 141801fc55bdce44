from pathlib import Path

from tests.keeping_together import COMPANY_OF

ROOT = Path(__file__).parents[1]


def test_every_module_that_is_kept_with_others_is_there():
    assert [path for path in COMPANY_OF if not (ROOT / path).is_file()] == []
