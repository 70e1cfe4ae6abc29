"""Measurements of kernelspec: an oracle that shares no code with it, accuracy and speed."""
