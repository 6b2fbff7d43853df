"""The vocabulary of the made-up shop: goods, categories, makers, options, features, in Polish, English, German."""

from dataclasses import dataclass

Words = tuple[str, str, str]

#: Tree of categories: (id, parent, names). Some names stand in two branches, some paths are the marketplace's own.
CATEGORIES: tuple[tuple[int, int, Words], ...] = (
    (1, 0, ("Root", "Root", "Root")),
    (2, 1, ("Strona główna", "Home", "Startseite")),
    (3, 2, ("Odzież", "Clothing", "Kleidung")),
    (4, 3, ("Damska", "Women", "Damen")),
    (5, 3, ("Męska", "Men", "Herren")),
    (6, 3, ("Dziecięca", "Children", "")),
    (7, 4, ("Bluzki", "Blouses", "Blusen")),
    (8, 5, ("Spodnie", "Trousers", "Hosen")),
    (9, 4, ("Buty", "Shoes", "Schuhe")),
    (10, 5, ("Buty", "Shoes", "Schuhe")),
    (11, 4, ("Sukienki", "Dresses", "Kleider")),
    (12, 4, ("Swetry", "Sweaters", "Pullover")),
    (13, 5, ("Koszulki", "T-shirts", "T-Shirts")),
    (14, 5, ("Swetry", "Sweaters", "Pullover")),
    (15, 2, ("Dom i ogród", "Home & garden", "Haus & Garten")),
    (16, 15, ("Świece", "Candles", "Kerzen")),
    (17, 15, ("Ogród", "Garden", "Garten")),
    (18, 17, ("Nasiona", "Seeds", "Saatgut")),
    (19, 17, ("Doniczki", "Pots", "")),
    (20, 18, ("Warzywa", "Vegetables", "Gemüse")),
    (21, 18, ("Kwiaty", "Flowers", "Blumen")),
    (22, 2, ("Książki", "Books", "Bücher")),
    (23, 22, ("Literatura", "Literature", "Literatur")),
    (24, 22, ("E-booki", "E-books", "E-Books")),
    (25, 22, ("Dziecko", "Children", "Kinder")),
    (26, 2, ("Delikatesy", "Delicatessen", "Feinkost")),
    (27, 26, ("Miody", "Honey", "Honig")),
    (28, 26, ("Herbaty", "Tea", "Tee")),
    (29, 26, ("Warzywa", "Vegetables", "Gemüse")),
    (30, 2, ("Elektronika", "Electronics", "Elektronik")),
    (31, 30, ("Audio", "Audio", "Audio")),
    (32, 30, ("Kable i zasilanie", "Cables & power", "Kabel")),
    (33, 2, ("Kursy", "Courses", "Kurse")),
    (34, 2, ("Zdrowie", "Health", "Gesundheit")),
    (35, 2, ("Archiwum", "Archive", "")),
)
INACTIVE_CATEGORY = 35


@dataclass(frozen=True)
class Family:
    """A kind of goods."""

    nouns: tuple[Words, ...]
    category: int
    #: The tax group, by its id.
    tax: int
    #: Gross prices from and to, in whole zlotys.
    prices: tuple[int, int]
    weight: str
    #: Options that its combinations have: s size, c colour, z scent.
    options: str = ""
    virtual: bool = False
    #: Copies per hundred products.
    share: int = 5


FAMILIES: tuple[Family, ...] = (
    Family(
        (
            ("Sukienka letnia", "Summer dress", "Sommerkleid"),
            ("Sukienka wieczorowa", "Evening dress", "Abendkleid"),
            ("Spódnica plisowana", "Pleated skirt", "Plisseerock"),
        ),
        11,
        1,
        (79, 399),
        "0.350000",
        "sc",
    ),
    Family(
        (
            ("Koszulka męska", "Men's T-shirt", "Herren-T-Shirt"),
            ("Koszulka polo", "Polo shirt", "Poloshirt"),
            ("Bluza z kapturem", "Hooded sweatshirt", "Kapuzenpullover"),
        ),
        13,
        1,
        (39, 179),
        "0.220000",
        "sc",
    ),
    Family(
        (("Sweter wełniany", "Wool sweater", "Wollpullover"), ("Kardigan", "Cardigan", "Strickjacke")),
        12,
        1,
        (99, 349),
        "0.480000",
        "sc",
    ),
    Family(
        (
            ("Sweter z alpaki", "Alpaca sweater", "Alpakapullover"),
            ("Golf", "Turtleneck", "Rollkragenpullover"),
        ),
        14,
        1,
        (119, 399),
        "0.520000",
        "s",
    ),
    Family(
        (("Trampki", "Sneakers", "Sneaker"), ("Botki skórzane", "Leather boots", "Lederstiefeletten")),
        9,
        1,
        (129, 499),
        "0.900000",
        "c",
    ),
    Family(
        (("Świeca sojowa", "Soy candle", "Sojakerze"), ("Świeca z wosku pszczelego", "Beeswax candle", "")),
        16,
        1,
        (19, 129),
        "0.300000",
        "zs",
    ),
    Family(
        (
            ("Doniczka ceramiczna", "Ceramic pot", "Keramiktopf"),
            ("Osłonka na doniczkę", "Plant pot cover", ""),
        ),
        19,
        1,
        (15, 149),
        "1.100000",
        "cs",
    ),
    Family(
        (
            ("Nasiona pomidora", "Tomato seeds", "Tomatensamen"),
            ("Nasiona ogórka", "Cucumber seeds", "Gurkensamen"),
        ),
        20,
        2,
        (3, 15),
        "0.010000",
        share=8,
    ),
    Family(
        (("Cebulki tulipana", "Tulip bulbs", "Tulpenzwiebeln"), ("Nasiona maciejki", "Stock seeds", "")),
        21,
        2,
        (5, 39),
        "0.120000",
        share=6,
    ),
    Family(
        (
            ("Powieść", "Novel", "Roman"),
            ("Zbiór opowiadań", "Short stories", "Erzählungen"),
            ("Przewodnik", "Guidebook", "Reiseführer"),
        ),
        23,
        3,
        (29, 89),
        "0.420000",
        share=12,
    ),
    Family(
        (("Bajki", "Fairy tales", "Märchen"), ("Książka do kolorowania", "Colouring book", "Malbuch")),
        25,
        3,
        (14, 59),
        "0.300000",
        share=6,
    ),
    Family((("E-book", "E-book", "E-Book"),), 24, 3, (9, 49), "0.000000", virtual=True, share=3),
    Family(
        (
            ("Miód gryczany", "Buckwheat honey", "Buchweizenhonig"),
            ("Miód lipowy", "Linden honey", "Lindenhonig"),
        ),
        27,
        3,
        (19, 69),
        "0.900000",
        share=9,
    ),
    Family(
        (("Ogórki kiszone", "Pickled cucumbers", "Saure Gurken"), ("Suszone pomidory", "Dried tomatoes", "")),
        29,
        3,
        (7, 29),
        "0.700000",
        share=6,
    ),
    Family(
        (("Herbata czarna", "Black tea", "Schwarztee"), ("Herbata zielona", "Green tea", "Grüntee")),
        28,
        1,
        (12, 79),
        "0.150000",
        share=7,
    ),
    Family(
        (
            ("Słuchawki bezprzewodowe", "Wireless headphones", "Kabellose Kopfhörer"),
            ("Głośnik", "Speaker", ""),
        ),
        31,
        1,
        (89, 899),
        "0.600000",
        share=8,
    ),
    Family(
        (("Kabel USB-C", "USB-C cable", "USB-C-Kabel"), ("Ładowarka", "Charger", "Ladegerät")),
        32,
        10,
        (15, 199),
        "0.080000",
        share=7,
    ),
    Family(
        (("Plastry opatrunkowe", "Plasters", "Pflaster"), ("Termometr", "Thermometer", "Thermometer")),
        34,
        2,
        (6, 89),
        "0.060000",
        share=8,
    ),
    Family(
        (("Kurs języka", "Language course", "Sprachkurs"), ("Warsztaty", "Workshop", "Workshop")),
        33,
        4,
        (90, 890),
        "0.000000",
        share=8,
    ),
)

EPITHETS: tuple[Words, ...] = (
    ("Żuraw", "Crane", "Kranich"),
    ("Świt", "Dawn", "Morgenröte"),
    ("Jaśmin", "Jasmine", "Jasmin"),
    ("Łąka", "Meadow", "Wiese"),
    ("Ćma", "Moth", "Nachtfalter"),
    ("Źródło", "Spring", "Quelle"),
    ("Gęś", "Goose", "Gans"),
    ("Bór", "Forest", "Wald"),
    ("Wiśnia", "Cherry", "Kirsche"),
    ("Mgła", "Fog", "Nebel"),
    ("Rzeka", "River", "Fluss"),
    ("Słowik", "Nightingale", "Nachtigall"),
    ("Bursztyn", "Amber", "Bernstein"),
    ("Tatry & Podhale", "Tatra & Podhale", "Tatra & Podhale"),
    ("„Zażółć gęślą jaźń”", "“Quick fox”", "„Falsches Üben“"),
    ('Czarna "Perła"', 'Black "Pearl"', 'Schwarze "Perle"'),
)

MAKERS = (
    "Łódzka Fabryka Świec",
    "Tkalnia Żyrardów",
    "Wydawnictwo Świt",
    "Pasieka Pod Lipą",
    "Elektro-Nowa sp. z o.o.",
    "Ogrody Wiśniewskich",
    "Herbaciarnia Ćmielów",
    "Müller & Söhne",
    "Żabka Zielona",
    "O’Connor Crafts",
)

SIZES = ("XS", "S", "M", "L", "XL", "XXL")
COLOURS: tuple[tuple[Words, str], ...] = (
    (("Czerwony", "Red", "Rot"), "#C62828"),
    (("Niebieski", "Blue", "Blau"), "#1565C0"),
    (("Żółty", "Yellow", "Gelb"), "#F9A825"),
    (("Zielony", "Green", "Grün"), "#2E7D32"),
    (("Czarny", "Black", "Schwarz"), "#212121"),
    (("Biały", "White", ""), "#FAFAFA"),
)
SCENTS: tuple[Words, ...] = (
    ("Róża", "Rose", "Rose"),
    ("Lawenda", "Lavender", "Lavendel"),
    ("Wanilia", "Vanilla", "Vanille"),
    ("Las", "Forest", "Wald"),
)
OPTIONS: tuple[tuple[str, Words, str], ...] = (
    ("s", ("Rozmiar", "Size", "Größe"), "select"),
    ("c", ("Kolor", "Colour", "Farbe"), "color"),
    ("z", ("Zapach", "Scent", "Duft"), "radio"),
)
FEATURES: tuple[tuple[Words, tuple[Words, ...]], ...] = (
    (
        ("Skład", "Composition", "Zusammensetzung"),
        (
            ("100% bawełna", "100% cotton", "100% Baumwolle"),
            ("Wosk sojowy", "Soy wax", "Sojawachs"),
            ("Len", "Linen", ""),
        ),
    ),
    (
        ("Kraj pochodzenia", "Country of origin", "Herkunftsland"),
        (
            ("Polska", "Poland", "Polen"),
            ("Niemcy", "Germany", "Deutschland"),
            ("Czechy", "Czechia", "Tschechien"),
        ),
    ),
    (
        ("Gwarancja", "Warranty", "Garantie"),
        (("24 miesiące", "24 months", "24 Monate"), ("12 miesięcy", "12 months", "")),
    ),
)
