//! Exact values by dynamic programming and enumeration; Monte-Carlo where they do not fit.
