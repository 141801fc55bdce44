-- One exchange between a worker process and a lane: takes in what the process has learned, then admits.
--
-- KEYS  1 the lane's state (JSON)   2 calls in flight by process (hash)   3 their leases (sorted set)
--       4 set by whoever resumes the lane
-- ARGV  1 the message (JSON, see exchange.py); returns the reply (JSON)
--
-- The files of this folder are one script, put together in the order that script.py names.

local min, max, floor, ceil = math.min, math.max, math.floor, math.ceil

local DAY_MS = 86400 * 1000 -- a lane that nobody used for so long is forgotten
local LEASE_S = 15          -- a process that is silent for so long holds nothing any more

local BURST_S = 0.4         -- of a bucket of one second, the narrowest that is known; the rest is for jitter
local WIDE_BURST_S = 2      -- where Claude's bucket is known to be wide and well filled
local WIDE_S = 8            -- seconds of the limit in Claude's bucket from which it counts as wide
local JITTER_S = 0.02       -- kept between calls where Claude's bucket has no room for two; doubled by a refusal
local LATE_S = 0.004        -- how late a worker may ask without a loss; well below the jitter that is kept
local MOST_LATE_S = 0.1     -- the same where Claude's bucket has room enough
local APART_S = 0.15        -- of room in Claude's bucket: with less, calls leave as far apart as they were admitted
local FIRST_CALL_S = 0.25    -- what the first call may need to reach Claude: names, connections, TLS
local MOST_JITTER_S, JITTER_HALVES_S = 0.16, 600
local ROUNDED_S = 120       -- a bucket wider than that is a misunderstanding between clocks
local TRICKLE = 0.1         -- share of the limit at which a lane goes on that others have used up

local TICK_S = 0.02         -- shortest wait; what flows in meanwhile is admitted together
local LONGEST_WAIT_S = 1    -- so that a lane that is resumed goes on within that
local CROWDED_WAIT_S = 0.05

local LONGEST_REST_S = 3600
local EASE_PER_S = 0.1      -- regained of the full speed after a rest
local LEAST_EASE = 0.05
local PROBE_S, LONGEST_PROBE_S = 30, 600

local COLD_STEP_S = 1       -- twice as many calls may be in flight after each, until the first answer
local WINDOW_S = 1          -- outcomes are weighed over that, or
local STORM_COUNT = 20      -- over so many
local STORM_SHARE = 0.25    -- of failures, above which it is a storm
local CALM_SHARE = 0.1      -- below which it is none
local CROWD_STEP_S, CROWD_MEMORY_S = 10, 300
local LONGEST_STREAK = 5

local OUTPUT_AT_FIRST = 500 -- tokens, before any answer was measured
local OUTPUT_MEMORY = 0.98  -- what the average keeps when one more answer is added to it

local function clamp(value, low, high)
  return max(low, min(high, value))
end
