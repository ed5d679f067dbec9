"""The commands that this project adds to `scrapy`, or gives other words."""

import gc

# By default Python looks for cycles after every 700 new objects. That finds next to nothing at the start and
# little in a crawl, and takes a tenth of the work of either.
gc.set_threshold(20_000, 10, 10)
