"""What the thesaurus behind the lexicon says of the words that the first decoding left as they stand.

The *relatives* of a word are the words that a thesaurus relates it to. An unknown spinner may swap any word for any
relative of it, and no entry of the lexicon says for which. So each word that was kept is compared with its commoner
relatives, by a conditional logit (McFadden 1974) over three kinds of signs: how well each fits between the words
around, as far as these are repaired; how the two words are related; and what the whole page shows. The logit is fitted
to spinners of our own making and to clean text of sixty genres (`normalizer.learning.weighing`).
"""

from normalizer.synonyms.relatives import NO_SWAPS, Relatives, Swaps
from normalizer.synonyms.weighing import Weighed, weigh

__all__ = ["NO_SWAPS", "Relatives", "Swaps", "Weighed", "weigh"]
