/** How much a session remembers. Together they keep its row below {@link MAX_SESSION_BYTES}. */

/**
 * Keys of messages that have not come, over all chains: 36 bytes each. Below it a hostile server could make a session
 * useless by dropping a day's mail; above it the row would no longer be small.
 */
export const MAX_MISSING = 1000;
/** Chains of the peer's that are remembered: a copy that comes late over the other transport is known for what it is. */
export const MAX_RETIRED = 32;
/** Tags kept of the chain that is being received: twice what can be in flight to one reader. */
export const RECENT_TAGS = 128;
/** Tags kept of each chain before it. */
export const RETIRED_TAGS = 32;
/** A row with everything full has about 55,000 bytes; a decoder refuses more than this. */
export const MAX_SESSION_BYTES = 65_536;
