"""Gongxiang (共享): the procedures of government data sharing, with provable deadlines."""
