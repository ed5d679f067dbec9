"""scrapy crawl does without pandas, which pyarrow would import wherever it is installed."""

import subprocess
import sys

_ARROW_AFTER = """
import sys
from crawler.commands.crawl import keep_arrow_small
keep_arrow_small()
import pyarrow as pa
print(pa.array([1, 2]).to_pylist(), "pandas" in sys.modules)
"""


def test_arrow_works_and_imports_no_pandas():
    done = subprocess.run([sys.executable, "-c", _ARROW_AFTER], capture_output=True, text=True)
    assert done.stdout.strip() == "[1, 2] False", done.stderr
