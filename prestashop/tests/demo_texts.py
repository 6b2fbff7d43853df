"""Descriptions as merchants leave them: tidy, pasted from Word, or with things that do not belong into a shop."""

import random

TIDY = (
    "<p>{name} to wybór dla tych, którzy cenią jakość.</p><ul><li>ręcznie pakowane</li><li>wysyłka w 24 h</li></ul>",
    (
        "<p><strong>{name}</strong> &ndash; nasz bestseller. Zam&oacute;w dziś!</p>"
        "<p>Cena &lt; 1000 zł, 100&nbsp;% zadowolenia.</p>"
    ),
    (
        "<h2>{name}</h2><p>Gwarancja, zwrot do 30 dni i „miłe” opakowanie 🎁.</p>"
        "<table><tr><td>Waga</td><td>{weight} kg</td></tr></table>"
    ),
)
MESS = (
    '<p style="color:#ff0000;font-size:22px">PROMOCJA!!! {name}</p><script>alert("kup teraz")</script><p>Opis</p>',
    (
        '<div class="wysiwyg"><p>Film o produkcie:</p>'
        '<iframe src="//www.youtube.com/embed/abc" width="560"></iframe></div>'
    ),
    (
        '<p class="MsoNormal" style="mso-margin-top-alt:auto"><span lang="PL">{name}<o:p></o:p></span></p>'
        "<!--[if gte mso 9]><xml><w:WordDocument></w:WordDocument></xml><![endif]--><p>&nbsp;</p>"
    ),
    (
        '<p>Zobacz <a href="/regulamin">regulamin</a> i <a href="../img/cms/tabela.pdf">tabelę</a>'
        ' <img src="/img/cms/baner.jpg" alt="" onerror="alert(1)" /></p>'
    ),
    "<p>{name} 😀🕯️ <b>niedomknięty <i>znacznik</p><p>Stara &amp;amp; nowa encja: &eacute; &#281; &#x142;</p>",
    '<p><font face="Arial" size="4">{name}</font><br><br><br><a href="javascript:void(0)">kliknij</a></p>',
)


def description(rng: random.Random, name: str, weight: str) -> str:
    """A description in Polish; four in ten have something in them that must not reach the marketplace."""
    texts = MESS if rng.random() < 0.4 else TIDY
    return rng.choice(texts).format(name=name, weight=weight)


def brief(rng: random.Random, name: str) -> str:
    """The short description, which is HTML too and often missing."""
    if rng.random() < 0.25:
        return ""
    return f"<p>{name} – {rng.choice(('polecamy', 'nowość', 'hit sezonu', 'ostatnie sztuki'))}!</p>"
