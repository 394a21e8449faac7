"""People settle the doubts: events, the state they sum up to, and the web page on which they are made.

What needs a web framework lies in web/ and is imported by the command line only when a page is to be served.
"""
