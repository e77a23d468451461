"""Truecased copies of corpora."""

import lzma

from tests.tools.truecasing import CAPITAL, main

TEXT = """Turkey won. The cold turkey was left in Turkey, as ministers of Turkey said.
He said: "The turkey is cold." Ministers left the turkey.
"""


def test_capitals_of_their_own_are_marked_and_others_are_not(tmp_path):
    (tmp_path / "news.txt").write_text(TEXT)
    main.main([str(tmp_path / "out"), str(tmp_path / "news.txt")], standalone_mode=False)
    found = lzma.decompress((tmp_path / "out" / "news.txt.xz").read_bytes()).decode()
    assert found.replace(CAPITAL, "").split() == TEXT.split()
    assert f"in Turkey{CAPITAL}, as ministers of Turkey{CAPITAL}" in found
    assert "The cold turkey was" in found and '"The turkey is' in found and "Ministers left the turkey." in found
