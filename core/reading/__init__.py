"""How bytes become typed columns, one room a step: limits, decoding, sniffing, rows, columns."""
