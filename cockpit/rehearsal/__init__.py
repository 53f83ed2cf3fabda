"""A plan against the stand-in world: its process, its pace, a scripted operator, a judge of endings.

A rehearsal cannot touch the real one: every connection is replaced, real tokens and addresses
leave the environment first, commands of this machine run only their declared stand-in.
"""
