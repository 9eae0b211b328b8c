"""Where relationships go unmentioned: shares with intervals, and pairs that seldom meet."""
