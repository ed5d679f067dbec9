"""The crawler: pages in, articles out."""

import os

# Arrow's own allocator keeps what each publish has freed, some thirty MiB more with every hour of a crawl.
# The library reads this when it is loaded and never again; a pool that is set later serves but half of it.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
