"""Sessions that survive a reload, and with a store of runs the end of their process, too.

session_store:  the sessions of this process, by ticket
session_leases: the sessions of this process in the store of runs: claimed, written, leased
session_record: a session as bytes, and back
run_store:      what a store of runs answers, and for how long it keeps a session
redis_store:    such a store in Redis or Valkey
"""
