"""What the demo company trades, where it keeps it, whom it deals with, and who works there."""

from decimal import Decimal
from typing import NamedTuple


class Article(NamedTuple):
    """An item: cost and price of one base unit, and how many are sold in a usual week."""

    number: str
    description: str
    group: str
    unit: str
    method: str
    cost: Decimal
    price: Decimal
    weekly: int
    vendor: str


COMPANY = "Alder Cycles and Outdoor"
LOCATIONS = {
    "CENTRAL": "Central warehouse",
    "NORTH": "Shop North",
    "WEST": "Shop West",
    "OUTLET": "Outlet at the station",
}
UNITS = {"PCS": ("Piece", "EA"), "PAIR": ("Pair", "PR"), "BOX": ("Box", "BX"), "SET": ("Set", "SET")}
GROUPS = {"BIKES": "Bikes", "PARTS": "Parts and tools", "OUTDOOR": "Outdoor gear", "FOOD": "Nutrition"}
VENDORS = {
    "V100": "Alpenrad GmbH", "V110": "Kordel Tyres", "V120": "Lumen Components", "V130": "Fjell Outdoor AS",
    "V140": "Good Oats Co-op",
}  # fmt: skip
CUSTOMERS = {
    "C100": "Velo Nord", "C110": "Radhaus Kiel", "C120": "Bergladen Harz", "C130": "City Cycles",
    "C140": "Trail and Tent",
    "C150": "Radwerk Jena", "C160": "Campus Bikes", "C170": "Kanal Touren", "C180": "Counter sales",
}  # fmt: skip
PEOPLE = {
    "ada": ("Ada Berg", "administrator"),
    "mira": ("Mira Holm", "inventory manager"),
    "jonas": ("Jonas Weber", "inventory accountant"),
    "lena": ("Lena Okafor", "purchaser"),
    "tariq": ("Tariq Aydin", "salesperson"),
    "pawel": ("Pawel Nowak", "warehouse worker"),
    "ines": ("Ines Costa", "viewer"),
}
_ARTICLES = """
1000 | Trekking bike Alder 28", 10-speed, 54 cm  | BIKES   | PCS  | specific | 412.50  | 749.00  | 2  | V100
1001 | Trekking bike Alder 28", 10-speed, 58 cm  | BIKES   | PCS  | specific | 412.50  | 749.00  | 1  | V100
1004 | Gravel bike Sorrel G2, 56 cm              | BIKES   | PCS  | specific | 868.00  | 1499.00 | 1  | V100
1006 | City bike Linden 7-speed, wave frame      | BIKES   | PCS  | specific | 298.00  | 549.00  | 2  | V100
1010 | E-bike Juniper 500 Wh, wave frame         | BIKES   | PCS  | specific | 1284.40 | 2299.00 | 1  | V100
1012 | E-bike Juniper 625 Wh, diamond frame      | BIKES   | PCS  | specific | 1402.00 | 2499.00 | 1  | V100
1020 | Children's bike Acorn 20"                 | BIKES   | PCS  | fifo     | 148.00  | 279.00  | 3  | V100
1022 | Balance bike Seed 12"                     | BIKES   | PCS  | fifo     | 42.00   | 89.00   | 4  | V100
1102 | Chain 11-speed, 118 links, nickel         | PARTS   | PCS  | fifo     | 9.84    | 19.90   | 30 | V120
1104 | Chain 12-speed, 126 links                 | PARTS   | PCS  | fifo     | 14.20   | 32.90   | 18 | V120
1108 | Cassette 11-speed 11-42                   | PARTS   | PCS  | fifo     | 31.70   | 59.90   | 10 | V120
1110 | Cassette 9-speed 11-36                    | PARTS   | PCS  | fifo     | 18.40   | 36.90   | 8  | V120
1112 | Rear derailleur 11-speed, long cage       | PARTS   | PCS  | fifo     | 38.90   | 74.90   | 5  | V120
1116 | Crankset 42 teeth, 170 mm                 | PARTS   | SET  | fifo     | 46.50   | 94.90   | 4  | V120
1120 | Brake pads disc, resin, pair              | PARTS   | PAIR | average  | 3.16    | 8.90    | 60 | V120
1122 | Brake pads rim, pair                      | PARTS   | PAIR | average  | 1.92    | 5.90    | 45 | V120
1126 | Brake rotor 160 mm, centre lock           | PARTS   | PCS  | average  | 11.25   | 24.90   | 14 | V120
1128 | Hydraulic disc brake, front               | PARTS   | SET  | fifo     | 52.00   | 99.00   | 4  | V120
1130 | Brake cable set, stainless                | PARTS   | SET  | standard | 4.10    | 11.90   | 20 | V120
1134 | Grips cork, pair                          | PARTS   | PAIR | standard | 6.30    | 16.90   | 12 | V120
1140 | Saddle Comfort, unisex                    | PARTS   | PCS  | fifo     | 19.40   | 44.90   | 7  | V100
1142 | Saddle Race, 143 mm                       | PARTS   | PCS  | fifo     | 41.00   | 89.90   | 3  | V100
1150 | Pedals flat, aluminium, pair              | PARTS   | PAIR | standard | 12.60   | 29.90   | 8  | V120
1204 | Inner tube 28" Presta 60 mm               | PARTS   | PCS  | average  | 1.42    | 4.90    | 80 | V110
1206 | Inner tube 29" Presta 48 mm               | PARTS   | PCS  | average  | 1.48    | 4.90    | 60 | V110
1210 | Tyre Kies 700x40C, folding, tubeless      | PARTS   | PCS  | fifo     | 18.42   | 39.90   | 16 | V110
1212 | Tyre Kies 650x47B                         | PARTS   | PCS  | fifo     | 19.10   | 41.90   | 9  | V110
1214 | Tyre Asfalt 28-622, wired                 | PARTS   | PCS  | fifo     | 9.10    | 18.90   | 20 | V110
1216 | Tyre Winter 42-622, studded               | PARTS   | PCS  | lifo     | 27.50   | 54.90   | 4  | V110
1220 | Tubeless sealant 500 ml                   | PARTS   | PCS  | standard | 8.30    | 19.90   | 12 | V110
1224 | Rim tape 25 mm, 10 m                      | PARTS   | PCS  | average  | 3.40    | 8.90    | 10 | V110
1310 | Floor pump Piston 11, steel               | PARTS   | PCS  | standard | 16.80   | 34.90   | 6  | V120
1312 | Mini pump Puff, aluminium                 | PARTS   | PCS  | standard | 9.70    | 22.90   | 9  | V120
1318 | Multi-tool 17 functions, chain breaker    | PARTS   | PCS  | standard | 10.45   | 24.90   | 12 | V120
1320 | Tyre levers, set of 3                     | PARTS   | SET  | average  | 0.95    | 3.90    | 30 | V120
1324 | Chain lubricant 100 ml, dry               | PARTS   | PCS  | average  | 2.85    | 8.90    | 26 | V120
1330 | Work stand Stork                          | PARTS   | PCS  | fifo     | 74.00   | 149.00  | 2  | V120
1402 | Helmet Summit, M 54-58 cm                 | OUTDOOR | PCS  | fifo     | 27.30   | 59.90   | 9  | V100
1404 | Helmet Summit, L 58-62 cm                 | OUTDOOR | PCS  | fifo     | 27.30   | 59.90   | 8  | V100
1406 | Helmet Acorn, children                    | OUTDOOR | PCS  | fifo     | 14.90   | 34.90   | 8  | V100
1410 | Gloves Breeze, short, M                   | OUTDOOR | PAIR | standard | 7.80    | 19.90   | 10 | V130
1412 | Rain jacket Squall, L                     | OUTDOOR | PCS  | lifo     | 38.20   | 89.90   | 4  | V130
1510 | Headlamp Ember 400 lm, USB-C              | OUTDOOR | PCS  | average  | 14.20   | 34.90   | 14 | V120
1512 | Front light Beam 80 lux, dynamo           | OUTDOOR | PCS  | average  | 29.60   | 64.90   | 7  | V120
1516 | Rear light Dot, 60 lm                     | OUTDOOR | PCS  | average  | 6.35    | 14.90   | 20 | V120
1520 | Bell brass                                | OUTDOOR | PCS  | standard | 3.90    | 9.90    | 15 | V120
1530 | Lock Fold 90 cm                           | OUTDOOR | PCS  | fifo     | 31.00   | 69.90   | 6  | V120
1540 | Pannier Harbour 20 L, pair                | OUTDOOR | PAIR | fifo     | 54.00   | 119.00  | 4  | V130
2010 | Tent Fjell 3P, 3.1 kg, moss green         | OUTDOOR | PCS  | fifo     | 148.20  | 299.00  | 3  | V130
2012 | Tent Fjell 2P, 2.4 kg, moss green         | OUTDOOR | PCS  | fifo     | 124.00  | 249.00  | 3  | V130
2016 | Tent footprint Fjell 3P                   | OUTDOOR | PCS  | average  | 14.05   | 34.90   | 5  | V130
2024 | Sleeping bag Duvet -5 C, long             | OUTDOOR | PCS  | fifo     | 71.60   | 149.00  | 4  | V130
2028 | Sleeping mat Cloud 6 cm                   | OUTDOOR | PCS  | fifo     | 36.40   | 79.90   | 6  | V130
2102 | Stove Tern, titanium, 48 g                | OUTDOOR | PCS  | fifo     | 22.90   | 49.90   | 7  | V130
2106 | Pot set Tern 1.2 L                        | OUTDOOR | SET  | standard | 17.20   | 39.90   | 6  | V130
2110 | Gas cartridge 230 g, winter mix           | OUTDOOR | PCS  | lifo     | 2.87    | 6.90    | 50 | V130
2112 | Gas cartridge 450 g                       | OUTDOOR | PCS  | lifo     | 4.60    | 10.90   | 25 | V130
2205 | Pack Ridge 48 L, slate                    | OUTDOOR | PCS  | fifo     | 58.40   | 129.00  | 4  | V130
2207 | Pack Brook 24 L, ochre                    | OUTDOOR | PCS  | fifo     | 33.10   | 74.90   | 6  | V130
2310 | Trekking poles carbon, pair               | OUTDOOR | PAIR | fifo     | 33.75   | 79.90   | 6  | V130
2320 | Map case, waterproof                      | OUTDOOR | PCS  | standard | 4.40    | 12.90   | 8  | V130
2402 | Bottle 0.75 L, squeeze                    | OUTDOOR | PCS  | average  | 1.96    | 6.50    | 45 | V130
2404 | Bottle 1 L, insulated                     | OUTDOOR | PCS  | average  | 11.80   | 27.90   | 10 | V130
2410 | Bar oat and hazelnut, 24 x 45 g           | FOOD    | BOX  | lifo     | 15.60   | 28.80   | 14 | V140
2412 | Bar date and cocoa, 24 x 45 g             | FOOD    | BOX  | lifo     | 16.10   | 29.80   | 12 | V140
2416 | Electrolyte tabs citrus, 12 x 20          | FOOD    | BOX  | fifo     | 21.40   | 39.60   | 8  | V140
2418 | Energy gel berry, 24 x 60 ml              | FOOD    | BOX  | fifo     | 24.90   | 45.60   | 8  | V140
"""


def articles() -> list[Article]:
    """All items, in the order of their numbers."""
    found = []
    for line in _ARTICLES.strip().splitlines():
        number, description, group, unit, method, cost, price, weekly, vendor = (
            cell.strip() for cell in line.split("|")
        )
        goods = (number, description, group, unit, method, Decimal(cost), Decimal(price), int(weekly), vendor)
        found.append(Article(*goods))
    return found
