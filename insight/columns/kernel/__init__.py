"""The functions that numba compiles: plain Python over integer arrays, laid out as `insight.columns.layout` says."""
