"""The proof that every way of answering gives one answer: compiled code and graphql-core, bytes against bytes.

Documents are drawn at random from the schema (`drawing`), with arguments that reach what is there (`values`), and asked of
databases that are in order (`quarter`), that are not (`ruins`), and of a schema whose resolvers lie (`unruly`).
`python -m tests.execution.sameness --help` asks as many as are wanted.
"""
