"""Stories: other reports of an article's story, found among many articles in one file."""

from normalizer.stories.finding import Finder, Found, asked_keys
from normalizer.stories.keys import Worths, bag_of, keys_of
from normalizer.stories.store import Articles, Keyed, Match, Stats, Story, StoryStore, digest_of

__all__ = [
    "Articles",
    "Finder",
    "Found",
    "Keyed",
    "Match",
    "Stats",
    "Story",
    "StoryStore",
    "Worths",
    "asked_keys",
    "bag_of",
    "digest_of",
    "keyed",
    "keys_of",
]


def keyed(story: Story, worths: Worths) -> Keyed:
    """Return *story* with its keys, ready to be added to a store."""
    return Keyed(story, keys_of(bag_of(story.text, worths)))
