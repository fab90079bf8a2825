"""What a bug is, its states, and its item: the same to the tools and to the Lambda that counts.

The Lambda (bugs/) takes these files along in its archive: nothing here imports more than errorlog.
"""
