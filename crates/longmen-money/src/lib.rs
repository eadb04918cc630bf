//! Money as checked integers of minor units; decimals only at the edge
