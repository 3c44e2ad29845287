"""A back office such as many companies have: an old Italian ERP with pages for people and no API.

It is made for trying out programs that read such pages, and knows none of them.
"""
