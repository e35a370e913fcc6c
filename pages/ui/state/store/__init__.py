"""Sessions that survive a reload, and with a store of runs the end of their process, too.

session_store:  the sessions of this process, by ticket
session_writer: writes the sessions of this process into a store of runs, and finds others'
session_record: a session as bytes, and back
run_store:      what a store of runs shared by several processes can do
redis_store:    such a store in Redis or Valkey
"""
