"""The conformance kit: what every platform passes, shown by running its real program.

A platform's simulated shop (`shop.Shop`) is filled with the one neutral catalogue (`cases.CATALOGUE`, its values in
`neutral`), the program imports it into the sandbox, and the rules compare what arrived with what the catalogue says.
docs/conformance.md tells how a platform uses it.
"""
