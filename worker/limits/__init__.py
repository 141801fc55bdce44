"""Rate limits that all workers share: lanes, their buckets in Redis, and what answers teach of them."""
