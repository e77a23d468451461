"""What is no prose, rule by rule, as data.

An opaque stretch holds no words: code, addresses, markup. In others the words are words, and may help to read their
neighbours, but stay as they are. Patterns repeat within bounds or from one place only, so that each takes linear time.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from normalizer.prose.blocks import camels, fenced, figures, front_matter, unfenced
from normalizer.prose.languages import foreign
from normalizer.prose.markup import elements
from normalizer.prose.scripts import scripts
from normalizer.prose.seams import BROKEN

Finder = Callable[[str], Iterable[tuple[int, int]]]


class Rule(NamedTuple):
    """One kind of stretch.

    find: yields its (start, end) offsets in a text. why: what was made of it before. example_firing: a text with every
    stretch that the rule finds between ⟦ and ⟧. example_silent: one much like it where the rule finds nothing. hints:
    one of them stands in every text with such a stretch; none for a rule that always has to look. opaque: whether the
    stretch holds no words.
    """

    name: str
    find: Finder
    why: str
    example_firing: str
    example_silent: str
    hints: tuple[str, ...] = ()
    opaque: bool = False


def matches(source: str) -> Finder:
    """Return a finder for the pattern *source*, written in verbose form."""
    pattern = re.compile(source, re.VERBOSE)

    def find(text: str) -> Iterable[tuple[int, int]]:
        return (match.span() for match in pattern.finditer(text))

    return find


def in_chunks(source: str) -> Finder:
    """Return a finder for the pattern *source*, which is only sought where a mark joins letters without a blank."""
    pattern = re.compile(source, re.VERBOSE)

    def find(text: str) -> Iterable[tuple[int, int]]:
        done = 0
        for joint in JOINT.finditer(text):
            if joint.start() >= done:
                low = max(done, *(1 + text.rfind(blank, done, joint.start()) for blank in BLANKS))
                done = SOLID.match(text, joint.start()).end()  # type: ignore[union-attr] # matches nothing, too
                yield from (match.span() for match in pattern.finditer(text, low, done))

    return find


def around(anchor: str, *kinds: tuple[str, str]) -> Finder:
    """Return a finder for pairs of patterns: what stands before an *anchor*, and what begins with it.

    The stretch is both together. Anchors are found fast; a pattern that may begin anywhere takes ten times as long.
    """
    marks = re.compile(anchor)
    pairs = [(re.compile(rf"(?:{before})\Z", FLAGS), re.compile(behind, FLAGS)) for before, behind in kinds]

    def find(text: str) -> Iterable[tuple[int, int]]:
        for mark in marks.finditer(text):
            start = mark.start()
            for before, behind in pairs:
                if (match := behind.match(text, start)) and (head := before.search(text, max(0, start - HEAD), start)):
                    yield head.start(), match.end()

    return find


FLAGS = re.VERBOSE | re.IGNORECASE
NUMBER = r"\d+"
HEAD = 26  # characters that are looked at before an anchor: "since 4 September "
JOINT = re.compile(r"[./:@\\](?=[\w/\\.:-])")  # "a/b", "a.b", "::"
BLANKS = " \n\t\r\u00a0"
SOLID = re.compile(r"\S*")
FILES = """
    jpe?g|png|gif|svg|webp|bmp|tiff?|ico|pdf|docx?|xlsx?|pptx?|odt|rtf|txt|csv|tsv|jsonl?|ya?ml|toml|ini|cfg|conf|xml|html?
    |php|aspx?|jsp|m?[jt]sx?|css|scss|py|ipynb|rb|rs|go|java|jar|kt|swift|c|cpp|h|hpp|cs|sh|bat|ps1|sql|db|log|md|rst|tex
    |bib|zip|tar|t?gz|bz2|xz|rar|7z|iso|dmg|exe|msi|dll|apk|deb|rpm|mp[34]|wav|ogg|flac|avi|mov|mkv|webm|ttf|woff2?|bak
    |lock|env|parquet|warc|epub
""".split()
# Endings of hosts that are no words of English: with "in" or "it", every missing blank would be an address.
HOSTS = (
    "com|org|net|gov|edu|mil|int|info|biz|io|co|ai|app|dev|uk|eu|de|fr|nl|ru|ua|cn|jp|br|au|ca|tv|fm|ly|gl|xyz|example"
)
MONTHS = """(?: jan(?:uary)? | feb(?:ruary)? | mar(?:ch)? | apr(?:il)? | may | june? | july? | aug(?:ust)?
    | sept?(?:ember)? | oct(?:ober)? | nov(?:ember)? | dec(?:ember)? )"""
DAYS = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
ON = r"(?: \b (?: on|since|by|until|till|from|before|after ) \s+ )?"  # the preposition stays with its date
AT = r"(?: \b (?: at|by|until|till|from|before|after ) \s+ )?"
# Letters behind digits that make no identifier of them: "2nd", "1990s", "5pm", "3.4bn".
ENDINGS = "st|nd|rd|th|d|s|am|pm|a|p|bn|mn|tn|m|k|yo"
LABELS = """
    page|pages|chapter|section|article|clause|paragraph|figure|table|exhibit|appendix|volume|episode|season|level|line
    |verse|room|gate|platform|flight|route|highway|interstate|channel|type|class|grade|category|group|pool|district|ward
    |zone|area|model|step|question|item|rule|resolution|lot|unit|block|bus|tram|psalm|genesis|luke|mark|matthew|john
"""
UNITS = """
    km|kms|cm|mm|m|mi|ft|kg|kgs|g|mg|lb|lbs|oz|l|ml|ha|mph|kph|km/h|kmh|kw|kwh|mw|gw|hz|khz|mhz|ghz|kb|mb|gb|tb|mbps
    |°[CF]?|degrees|ºC|ºF|px|dpi|rpm|bpm|hp|bhp
""".split()
GOES_ON = r"[\w'’\u00AD\u200B-\u200F\u2060-\u2064\uFEFF-]"  # behind a word, or behind what nobody sees in it
FILE_NAMES, UNIT_NAMES = "".join(FILES), "".join(UNITS)

RULES = (
    Rule(
        "front matter",
        front_matter,
        "a key `subsequent` of a blog post's settings became `next`",
        "⟦---⟧\n⟦title:⟧ Extra folks\n⟦subsequent: 2⟧\n⟦---⟧\nHe stated extra.\n",
        "---\nHe stated extra.\n---\nThe talks went on.\n",
        ("---", "+++"),
        True,
    ),
    Rule(
        "code in fences",
        fenced,
        "names of a program shown in tech news were rewritten",
        "He wrote:\n⟦```python⟧\n⟦subsequent = extra⟧\n⟦```⟧\nHe stated extra.\n",
        "He wrote ``extra'' and `folks'.\n",
        ("```", "~~~"),
        True,
    ),
    Rule(
        "code span",
        matches(r"(?<!`) (`{1,2}) (?![`\s]) (?: (?!'') [^`\n] ){1,200} (?<!\s) \1 (?!`)"),
        "`folks` named a variable and became `people`",
        "He named ⟦`extra folks`⟧ and ⟦``subsequent``⟧.",
        "He named `extra' and ``folks'' and `both'.",
        ("`",),
        True,
    ),
    Rule(
        "code without fences",
        unfenced,
        "1,312 edits per 100,000 words of source files",
        "He wrote:\n⟦for folks in extra():⟧\n    ⟦print(folks)  #⟧ the subsequent one\n",
        "He wrote: extra folks (in print), as stated; for example:\nIf extra folks come, print this:\n",
        (),
        True,
    ),
    Rule(
        "leftover script",
        scripts,
        "container:'extra-below' of an advertisement became 'more-under'",
        "He left. ⟦window._ads = window._ads || [];⟧ ⟦_ads.push({mode:'extra', at:'Below (it)'});⟧ He stated extra.",
        "He left (extra folks, as stated = more); he said.So (as such) he went.",
        ("(", "=", "{"),
        True,
    ),
    Rule(
        "element of a page",
        elements,
        "class names and link targets were rewritten, and the page broke",
        'He stated ⟦<a class="extra" href="x">⟧extra⟦</a>⟧ folks.⟦<script>var folks;</script>⟧',
        "With a < b and c > d he stated extra <- folks.",
        ("<",),
        True,
    ),
    Rule(
        "template",
        matches(
            r"""
              \{\{ [^{}]{0,500} \}\} | \{% [^\n]{0,300}? %\} | \{\# [^\n]{0,300}? \#\} | <% (?s:.){0,300}? %>
            | \$\{ [^{}\n]{1,200} \} | %\( \w{1,60} \)[sdrf] | %% (?<! %%% ) \w{1,60} %% | %[sd] (?<! \w%[sd] ) (?!\w)
            | \{ \d{0,2} \} | \{ \w{1,60} (?: \.\w{1,60} | \[\w{1,60}\] | _\w{1,60} ) [^{}\s]{0,60} \}
            """
        ),
        "{{ extra }} is filled in by name",
        "Dear ⟦{{ folks }}⟧, ⟦{% if extra %}⟧he stated⟦{% endif %}⟧ ⟦${subsequent}⟧.",
        "He moved the {hardware} and {that a}, 50% so.",
        ("{", "%", "<%"),
        True,
    ),
    Rule(
        "shortcode",
        matches(
            r"""
              \[ /? [A-Za-z][\w-]{0,60}
                  (?: [ ]+ [\w-]{1,60} = (?: "[^"\]\n]{0,300}" | '[^'\]\n]{0,300}' | [^\s\[\]"']{1,300} ) ){1,20}
                  \s* /? \]
            | \[ / [A-Za-z][\w-]{0,60} \] | \[ [a-z]+ _ [\w-]{0,60} \]
            | \[ (?: gallery | caption | embed | audio | video | playlist | toc | code | more | youtube ) \]
            """
        ),
        "the attributes of [gallery ids=... link=...] were rewritten",
        'He left. ⟦[gallery ids="1,2" link="extra"]⟧ ⟦[/caption]⟧ ⟦[vc_row]⟧',
        "He stated [sic] that [extra] folks [in 2] came.",
        ("[",),
        True,
    ),
    Rule(
        "target of a link",
        matches(
            r"""
              (?<= \]\( ) [^()\s]{1,2000} | (?m: ^ [ ]{0,3} \[ [^\]\n]{1,80} \]: [ \t]* \S{1,2000} )
            | \[\[ [^\[\]|\n]{1,200} \|
            """
        ),
        "images of scraped Markdown no longer loaded",
        "See ![the choose](⟦img/extra.png⟧) and ⟦[[Extra folks|⟧folks]].\n⟦[1]: /extra⟧\n",
        "See the choose (img) and [folks]: extra.",
        ("](", "]:", "[["),
        True,
    ),
    Rule(
        "address",
        in_chunks(
            rf"""
              (?<! [\w.-] ) (?: https?|s?ftp|ssh|git|file|s3|gs|data|tel|mailto|magnet|wss?|irc|urn|doi ) :
                  (?! \s ) [^\s<>"“”]{{1,2000}}
                  (?<! [.,;:!?)\]] )
            | (?<! [\w@.-] ) [A-Za-z\d-]{{1,63}} (?: \. [A-Za-z\d-]{{1,63}} ){{0,5}} \.
                  (?: [a-z]{{2,24}} / [^\s<>"“”]{{0,2000}} (?<! [.,;:!?)\]] ) | (?: {HOSTS} ) (?! [\w@-] | \.\w ) )
            | (?<! [\w.] ) [\w.+-]{{1,64}} @ [\w-]{{1,63}} (?: \. [\w-]{{1,63}} ){{1,6}}
            """
        ),
        "stated.example/extra is a link without its scheme",
        "See ⟦stated.example/extra⟧, ⟦sftp://folks/extra⟧ and ⟦extra.co.uk⟧; write to ⟦extra-folks@stated.org⟧.",
        "He left for the border.He stated extra e.g. that, and/or this: folks.",
        (".", ":"),
    ),
    Rule(
        "path",
        in_chunks(
            r"""
              (?<! [\w/.:~-] ) (?: ~ | \.{1,2} )? (?: / [\w.@%+~-]{1,255} ){1,40} /?  (?<! [.,] )
            | (?<! [\w/.~-] ) [\w.@%+-]{1,255} (?: / [\w.@%+-]{1,255} ){2,40} /? (?<! [.,] )
            | (?<! [\w/.~-] ) [\w.@%+-]{1,255} (?: / [\w.@%+-]{1,255} ){0,40} / [\w@%+-]{1,255}
                  (?: \. [\w-]{1,60} ){0,4} \. [a-z]\w{0,5} \b
            | (?<! \w ) (?: [A-Za-z]: | \\\\ [\w.$-]{1,100} ) \\ [^\s"<>|*?]{0,500} (?<! [.,;:!?)] )
            """
        ),
        "/uploads/2022/extra-folks.jpg became more-folks.jpg",
        "See ⟦/uploads/2022/extra-folks⟧, ⟦images/subsequent.png⟧ and ⟦C:\\extra\\folks⟧.",
        "He and/or she went at 50 km/h, 24/7.",
        ("/", "\\"),
    ),
    Rule(
        "file name",
        in_chunks(
            rf"(?<! [\w/.-] ) [\w-]{{1,100}} (?: \. [\w-]{{1,100}} ){{0,5}} \. (?: {FILE_NAMES} ) (?! [\w/-] | \.\w )"
        ),
        "extra.folks.pdf became more.folks.pdf",
        "See ⟦extra.folks.pdf⟧ and ⟦subsequent-2.tar.gz⟧.",
        "He stated extra.Folks left. It cost 3.5m.",
        (".",),
    ),
    Rule(
        "handle or tag",
        matches(
            r"""
              @ (?<! [\w&/@.]@ ) \w [\w.-]{0,60} (?<! [.-] ) | \# (?<! [\w&/\#]\# ) \w{1,100}
            | [ru]/ (?<! [\w/][ru]/ ) \w{2,30} | : (?<! [\w:]: ) [a-z]{1,30} (?: _[a-z]{1,30} ){1,5} :
            """
        ),
        "@extra and #folks name somebody and something",
        "⟦@extra.folks⟧ stated ⟦#subsequent⟧ on ⟦r/folks⟧.",
        "He stated # extra and folks @ 5, A&#8217;s; in 24/7.",
        ("@", "#", "r/", "u/", "_"),
    ),
    Rule(
        "identifier",
        around(
            "_+",
            (r"(?<! [\w.] ) [^\W_]\w{0,25}", r"_{1,3} \w{1,60}"),
            (r"(?<! \w )", r"_{1,2} [^\W_]\w{0,60} (?<! _ ) (?! \w )"),
        ),
        "extra_folks is one name to a program",
        "He named ⟦extra_folks⟧ and ⟦__folks⟧.",
        "He named _extra_ folks and extra _ folks.",
        ("_",),
    ),
    Rule(
        "capital inside",
        camels,
        "extraFolks is one name to a program, and iExtra one to a shop",
        "He named ⟦extraFolks⟧ and the ⟦iExtra⟧.",
        "He named McDonald and the US.",
    ),
    Rule(
        "network address",
        in_chunks(r"(?<! [\w:] ) (?: [\dA-Fa-f]{0,4} : ){3,7} [\dA-Fa-f:.]{0,20} \w"),
        "an IPv6 address became 2001:fourf8:...",
        "The address ⟦2001:4f8:3:ba::64⟧ was named.",
        "He stated: at 10:30:15, extra:folks.",
        (":",),
    ),
    Rule(
        "letters and digits",
        around(
            NUMBER,
            (r"(?<! [\w.] ) v?", r"\d{1,6} (?: \. \d{1,6} ){2,5} (?: [-+] [\w.]{1,30} )? (?! \w )"),  # 1.2.3
            (r"(?<! \w ) v", r"\d{1,4} (?: \.\d{1,6} ){0,5} (?! \w )"),  # v1.2
            (r"(?<! [\w.] ) [^\W\d_]\w{0,24}", r"\d \w{0,60}"),  # B2
            ("", r"(?<! \w ) \d{1,20} [^\W\d_]{1,20} \d \w{0,60}"),  # 4f8
            ("", rf"(?<! \w ) \d{{1,20}} (?! (?: {ENDINGS} ) \b ) [^\W\d_]{{1,40}}"),  # 2Pac
            (
                r"(?<! [\w-] ) [^\W\d_]{1,24} -",
                r"\d{1,6} (?! [-\w]{0,30} (?: year|day|month|week|hour ) ) [\w-]{0,40}",
            ),  # B-52
            (
                r"\b (?: version|release|build|python|java|windows|android|ios|ubuntu ) [ ]",
                r"\d (?: [\d.]{0,20}\d )? \b",
            ),
        ),
        "2Pac became twoPac",
        "He named ⟦2Pac⟧, ⟦4f8⟧, ⟦v1.2⟧, ⟦1.2.3⟧, ⟦B-52⟧ and ⟦B2B⟧.",
        "He named the 2nd and 1990s ones at 5pm, a 2-year-old and $3.4bn.",
    ),
    Rule(
        "date or time",
        around(
            NUMBER,
            (ON, r"(?<! [\w.,/-] ) \d{1,4} ([./-]) \d{1,2} \1 \d{1,4} (?! [\w/-] | [.,]\d )"),  # 01.02.2022
            (
                ON,
                rf"""(?<! [\w.,/-] ) \d{{1,2}} (?:st|nd|rd|th)? (?: \s+ of )? \s+ {MONTHS} \b
                    (?: [ ,]{{1,2}} \d{{4}} \b )?""",  # 4 May 2022
            ),
            (
                rf"{ON} \b {MONTHS} \.? \s+",
                r"\d{1,2} (?:st|nd|rd|th)? \b (?! [.,]?\d ) (?: ,? [ ] \d{4} \b )?",
            ),  # May 4
            (rf"{ON} \b {DAYS} ,? \s+", r"\d{1,2} \b (?! [.,]?\d )"),
            (AT, r"(?<! [\w.,:/-] ) \d{1,2} : \d{2} (?: :\d{2} )? \b (?: \s? [ap]\.?m\b\.? )?"),  # 10:30
            (AT, r"(?<! [\w.,:/-] ) \d{1,2} (?: [.:]\d{2} )? \s? [ap]\.?m\b\.?"),  # 5.30pm
            (
                r"\b (?: in|since|by|until|from|before|after|of ) \s+",
                r"(?: 1[5-9] | 20 ) \d{2} \b (?! [.,]\d | - | [ ] [a-z]+s\b )",
            ),
        ),
        "`On 01.02.2022` became `At`, and `4 May` became `four May`",
        "⟦On 01.02.2022⟧ ⟦at 10:30⟧ he stated extra; ⟦4 May⟧ and ⟦May 4, 2022⟧ and ⟦5.30pm⟧ and ⟦in 1999⟧.",
        "On the 4 folks he stated 12 months and 1.5 at 4.",
    ),
    Rule(
        "range or score",
        around(
            NUMBER,
            (
                "",
                r"""(?<! [\w.,/-] ) \d{1,6} (?:[.,]\d{1,3}){0,4} \s? [-–—] \s? (?! (?:12|365) [- ] (?:month|day) )
                    \d{1,6} (?:[.,]\d{1,3}){0,4} (?! [\w/] | -[a-z] )""",  # 3-0, not a spinner's "10-12 months"
            ),
            ("", r"(?<! [\w.,/-] ) \d{1,6} / \d{1,6} (?! [\w/] )"),
            ("", r"(?<! [\w.,/-] ) (?: \d{2,6} [ ] to [ ] \d{1,6} | \d [ ] to [ ] \d{2,6} ) (?! [\w/] | [.,]\d )"),
            (r"(?<! [\w-] ) \+?", r"\d{1,4} (?: [ .()-]{1,2} \d{2,4} ){2,5} (?! [\w%] | [.,]\d )"),  # +1 555 0100
        ),
        "`2-3` became `two-three`",
        "They won ⟦3-0⟧ with ⟦10 to 15⟧ folks in ⟦1/2⟧ the time; call ⟦+1 555 0100⟧.",
        "The 2 sides, 10-12 months of it, a 4-year-old and 1-on-1.",
    ),
    Rule(
        "per cent",
        matches(r"% (?: (?<=\d%) | (?<=\d[ \u00a0]%) )"),
        "`12.5% to` became `12.5percent to`",
        "It rose 12.5⟦%⟧ to 5 ⟦%⟧ extra.",
        "It rose four% and 12.5 percent.",
        ("%",),
    ),
    Rule(
        "number of something",
        around(
            NUMBER,
            (
                r"(?: [$€£¥₹₽] | (?<! \w ) (?: Rs|USD|EUR|GBP|INR|Nos?|pp?|vol|ch|fig|sec|art ) \.? ) \s?",
                r"\d (?: [\d.,]{0,20}\d )? (?! [\d.,]? \d | [ ] (?: million|billion|trillion ) [ ] dollars )",
            ),
            (rf"\b (?: {LABELS} ) [ ]", r"\d (?: [\d.,:]{0,20}\d )? \b"),
            (
                "",
                rf"(?<! [\w.,] ) \d (?: [\d.,]{{0,20}}\d )? (?: [ ] | (?=°) ) (?: {UNIT_NAMES} ) (?! {GOES_ON} )",
            ),
            (r"(?: ^ | (?<= [\r\n] ) ) [ \t]* \(?", r"\d{1,3} [.)] (?= [ \t] )"),
        ),
        "`Chapter 2` became `Chapter two`, and `(40 mi)` lost its unit",
        "⟦Chapter 2⟧ of ⟦No. 4⟧ cost ⟦$5⟧ for ⟦40 mi⟧.\n⟦1.⟧ Extra\n",
        "The 2 chapters and 4 extra folks cost 5 and more.",
    ),
    Rule(
        "mathematics",
        matches(
            r"""
              \$\$ [^$]{1,2000} \$\$
            | (?<! [\w$\\] ) \$ (?! [\s$] ) (?: [^$\n\\] | \\. ){0,300}? [\\^_={}]
                  (?: [^$\n\\] | \\. ){0,300}? (?<! [\s\\] ) \$ (?! \w )
            | (?<! [\w$\\] ) \$ [A-Za-z] \$ (?! \w )
            | \\\( (?s:.){1,300}? \\\) | \\\[ (?s:.){1,1000}? \\\]
            | \\begin\{ (\w{1,30}\*?) \} (?s:.){0,2000}? \\end\{ \1 \}
            | \\ [A-Za-z]{2,30} (?: \{ [^{}\n]{0,200} \} | \[ [^\[\]\n]{0,100} \] ){0,4}
            """
        ),
        "the names in a formula are no words",
        "With ⟦$x_{extra} = 2$⟧ and ⟦$k$⟧ and ⟦\\cite{folks}⟧ he stated extra.",
        "It cost $5 and rose to $6_000 or so, he stated.",
        ("$", "\\"),
        True,
    ),
    Rule(
        "equation",
        matches(
            r"""
              (?<! \w ) \w{1,2} \s? [<>] \s? -? \d [\d.]{0,20} (?! \w )
            | (?<! \w ) [\w().^]{1,20} (?: \s? [=≈≤≥±×÷∝≠→] \s? [-+]? [\w().^]{1,20}
                  (?: \s? [-+*/^] \s? [\w().^]{1,20} ){0,8} ){1,4}
            """
        ),
        "the same in plain letters",
        "With ⟦n = 2⟧ and ⟦p < 0.05⟧ he stated extra.",
        "He stated <extra> folks & so - on.",
        tuple("=≈≤≥<>±×÷∝≠→"),
        True,
    ),
    Rule(
        "number of a source",
        matches(
            r"""
              \[ \d{1,3} (?: \s? [,–-] \s? \d{1,3} ){0,10} \] | \[ (?: \^ | @ ) [\w:.-]{1,60} \]
            | \b (?: doi | DOI | arXiv | ISBN | ISSN | PMID ) : ? \s? \d [\w./-]{2,60} [\w]
            """
        ),
        "[12] became [twelve]",
        "As shown ⟦[12]⟧ and ⟦[2, 3-4]⟧ in ⟦arXiv:2101.00001⟧.",
        "He stated [extra] folks [in 2012] left.",
        ("[", "doi", "DOI", "arXiv", "ISBN", "ISSN", "PMID"),
    ),
    Rule(
        "author and year",
        matches(
            r"""
              \( (?: [Ss]ee[ ] | e\.g\.,?[ ] | cf\.[ ] )? [A-ZÀ-Þ][\w'’-]{1,40} [^()\n]{0,200}? ,? [ ]
                  (?:19|20)\d\d [a-z]? (?: [,;:] [^()\n]{0,200} )? \)
            | [A-ZÀ-Þ][\w'’-]{1,40} (?: [ ] (?: and | & ) [ ] [A-ZÀ-Þ][\w'’-]{1,40} )?
                  (?: [ ] et [ ] al\.? ,? )? [ ] \( (?:19|20)\d\d [a-z]? \)
            | [A-ZÀ-Þ][\w'’-]{1,40} [ ] et [ ] al\b\.?
            """
        ),
        "(Worth et al., 2019) became (Value et al., 2019)",
        "As shown before ⟦(Worth et al., 2019)⟧ by ⟦Worth and Price (2020)⟧.",
        "He stated (as in 2019) that folks (of 2 kinds) left.",
        ("et al", " (19", " (20", ", 19", ", 20"),
    ),
    Rule(
        "row of figures",
        figures,
        "a table's heads and row names were rewritten",
        "⟦Item\tExtra\tGross⟧\n⟦folks\t12.5\t13%⟧\nHe stated extra.\n",
        "He stated, in 2019, 12 extra folks; and 13 of them left.\n",
        ("\t", "  ", "|", ";", ","),
        True,
    ),
    Rule(
        "broken word",
        matches(BROKEN.pattern.replace(" ", "[ ]")),
        "govern-/ment became rule-/ment",
        "The federal ⟦govern-\nment⟧ stated extra.",
        "The federal government -\nas stated - and the\nextra-\nOrdinary.",
        ("-\n", "-\r", "- ", "\u00ad", "\u2010"),
    ),
    Rule(
        "another language",
        foreign,
        "`Das ist extra` became `Das ist more`",
        "⟦Le corporate est la convention extra⟧. He stated ⟦„Das ist extra“⟧.",
        "The La Liga talks of Oscar de la Hoya with him are extra.",
    ),
)
