"""One section a question: what it says of a study and what it shows, each under the question's own name.

A section module has ``read(study, results)``, the sentences, ``charts(study)``, what is drawn in a first reading, and
``write(page, study, results)``, which shows them with their tables.
"""
