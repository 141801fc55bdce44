-- Calls in flight: additive increase, multiplicative decrease, by what becomes of them.
--
-- `cap` is the most that may be in flight in the whole fleet, `peak` what it was when trouble began; both are
-- absent in good times. Only calls that were admitted after the last decrease (`cut`) count, so that there is
-- one decrease for each round trip at most.

-- A limit on calls at once was met; it is remembered, and tried anew only with care.
local function crowd(state)
  local is_known = state.crowd and state.at - state.crowd < CROWD_MEMORY_S
  local base = min(state.cap or state.held, state.held)
  state.cap = max(1, floor(base * (is_known and 0.9 or 0.5)))
  state.peak, state.crowd, state.cut = state.cap, state.at, state.at
end

local function decrease(state, share, count)
  local base = min(state.cap or math.huge, state.held + count)
  state.peak = max(state.peak or 0, base)
  local least = ceil(state.peak * (1 - share) ^ 3) -- a share of failures that stays does not starve the lane
  state.cap = max(1, least, floor(base * (1 - share / 2)))
  state.cut = state.at
  if state.cap == 1 then -- hardly one call at a time, and that fails too
    state.streak = min((state.streak or 0) + 1, LONGEST_STREAK)
    rest(state, 0.25 * 2 ^ state.streak, 'overloaded')
  end
end

local function increase(state)
  if not state.cap then return end
  local is_crowd = state.crowd and state.at - state.crowd < CROWD_MEMORY_S
  if is_crowd and state.at - max(state.raised or 0, state.crowd) < CROWD_STEP_S then return end
  state.raised = state.at
  state.cap = state.cap + (is_crowd and 1 or max(1, ceil(state.peak / 10)))
  if not is_crowd and state.cap >= 2 * state.peak then
    state.cap, state.peak, state.crowd = nil, nil, nil
  end
end

local function is_storm(state, window, count, age)
  if window.bad == count and state.cap and count >= min(state.cap, 5) then return true end
  local is_enough = count >= STORM_COUNT or (age >= WINDOW_S and count >= 5)
  return is_enough and window.bad >= 2 + STORM_SHARE * count
end

local function count_in(state, tally)
  local window, cut = state.window or {at = state.at, good = 0, bad = 0}, state.cut or 0
  if (tally.bad_at or 0) > cut then window.bad = window.bad + (tally.bad or 0) end
  if (tally.good_at or 0) > cut then
    window.good = window.good + (tally.good or 0)
    state.streak = nil
  end
  state.window = window
  return window
end

local function weigh(state, tally)
  local window = count_in(state, tally)
  local count, age = window.good + window.bad, state.at - window.at
  if count == 0 then return end
  if is_storm(state, window, count, age) then
    decrease(state, window.bad / count, count)
    state.window = nil
  elseif age >= WINDOW_S and (window.bad == 0 or count >= 5 or age >= 10 * WINDOW_S) then
    if window.bad < CALM_SHARE * count then increase(state) end
    state.window = nil
  end
end
