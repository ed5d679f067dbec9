"""scrapy crawl does without pandas, which pyarrow would import wherever it is installed."""

import subprocess
import sys

_ARROW_AFTER = """
import sys
from crawler.commands.crawl import keep_pandas_out
keep_pandas_out()
import pyarrow as pa
print(pa.array([1, 2]).to_pylist(), "pandas" in sys.modules)
"""


def test_arrow_works_and_imports_no_pandas():
    done = subprocess.run([sys.executable, "-c", _ARROW_AFTER], capture_output=True, text=True)
    assert done.stdout.strip() == "[1, 2] False", done.stderr


def test_what_arrow_frees_goes_back_to_the_system():
    program = "import crawler, pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "system", done.stderr
