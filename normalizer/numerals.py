"""Numbers in words, and the small words that deny: no repair changes them because two words resemble each other."""

_ONES = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
    """.split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
CARDINALS = {word: value for value, word in enumerate(_ONES)} | {w: 10 * n for n, w in enumerate(_TENS, start=2)}
_ORDINALS = """
    first 1st second 2nd third 3rd fourth 4th fifth 5th sixth 6th seventh 7th eighth 8th ninth 9th tenth 10th
    """.split()
NUMERALS = {  # value of a word, as it is written in figures
    **{word: str(value) for word, value in CARDINALS.items()},
    **dict(zip(_ORDINALS[::2], _ORDINALS[1::2], strict=True)),
    "twice": "2",
    "dozen": "12",
}
NUMBER_WORDS = frozenset((*NUMERALS, *"hundred thousand million billion trillion half once".split()))
NEGATIONS = frozenset("no nary not never none nobody nothing neither nor without n't cannot".split())
