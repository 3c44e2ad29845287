"""The raw material of the invented data: names, streets, towns, goods. No rule stands here.

Everything is writable in Windows-1252, as everything in such an ERP is.
"""

# ruff: noqa: SIM905 - split texts are easier to read and to extend than lists of 20 words
from __future__ import annotations

FIRST_NAMES = (
    "Mario Giulia Niccolò Désirée Luca Anna Salvatore Maria Andrea Chiara Totò Zoë Antonio Francesca Noè Lucia "
    "Gesù Rosalia Piero Agnès Ugo Beatrice Oreste Simonetta"
).split()

SURNAMES = (
    "Rossi|Bianchi|D'Angelo|Dell'Acqua|De Luca|Esposito|Ferrari|Nicolò|Dall'Ò|Cantù|Salò|Cerbèra|Pizzo|"
    "Lo Presti|Degl'Innocenti|Conti|Marinò|Galimberti|Brambilla|Scarpa|Zanon|Müller|Forcellini|Sant'Agata"
).split("|")

TRADES = (
    "Officina|Ferramenta|Panificio|Trattoria|Farmacia|Carrozzeria|Caffè|Società Agricola|Libreria|Tipografia|"
    "Autotrasporti|Impresa Edile|Salumificio|Pescheria|Erboristeria|Studio Tecnico|Vetreria|L'Angolo di|Nuova"
).split("|")

COMPANY_FORMS = ("S.r.l.", "S.p.A.", "S.n.c.", "S.a.s.", "& Figli", "& C. S.n.c.", "Soc. Coop. a r.l.", "")

CURIOUS_NAMES = (
    "L'Officina dell'Età S.r.l.",
    "D'Angelo & Figli S.n.c.",
    "Bar Centrale",
    "Città del Sole - Società Agricola",
    "Bar Centrale",
    "Perù Import <Export> S.p.A.",
    'Ditta "Il Gigante" di Bianchi C.',
    "Consorzio Intercomunale per la Valorizzazione, la Tutela e la Commercializzazione dei Prodotti Agroalimentari "
    "Tipici dell'Appennino Settentrionale - Società Consortile a responsabilità limitata in liquidazione",
    "Müller & Söhne GmbH",
    "Rossi Mario",
    "Rossi Mario",
    "A&B",
)

TOWNS = (
    ("Milano", "MI", "201"),
    ("Forlì", "FC", "471"),
    ("Cantù", "CO", "220"),
    ("L'Aquila", "AQ", "671"),
    ("Reggio nell'Emilia", "RE", "421"),
    ("Città di Castello", "PG", "060"),
    ("Roma", "RM", "001"),
    ("Sant'Angelo Lodigiano", "LO", "268"),
    ("Salò", "BS", "250"),
    ("Aosta", "AO", "111"),
    ("Napoli", "NA", "801"),
    ("San Donà di Piave", "VE", "300"),
    ("Bolzano/Bozen", "BZ", "391"),
    ("Patù", "LE", "730"),
    ("Nardò", "LE", "730"),
    ("Lugano", None, "69"),
)

STREETS = (
    "Via Roma|Via G. Garibaldi|Corso Vittorio Emanuele II|Viale dell'Industria|Piazza della Libertà|"
    "Strada Statale 16 Adriatica|Via XX Settembre|Largo Sant'Antonio|Via dell'Età dell'Oro|Vicolo Stretto|"
    "Zona Industriale Est|Via Niccolò Copernico"
).split("|")

ADDRESS_EXTRAS = (
    'c/o Centro Comm. "Le Torri"',
    "Scala B - Piano 3° int. 12",
    "Frazione Ca' Bianca",
    "Capannone n. 7",
    "All'att.ne Uff. Acquisti",
)

PAYMENT_TERMS = (
    "Rimessa diretta",
    "Bonifico 30 gg d.f.f.m.",
    "Ri.Ba. 60/90 gg",
    "Contrassegno",
    "Bonifico anticipato - sconto 2%",
)

NOTES = (
    "Non consegnare il lunedì mattina.",
    "Cliente storico; attenzione all'apostrofo nel nome.",
    "Sollecitato più volte: vedi estratto conto < 31/12.",
    "Chiedere di Désirée (ufficio acquisti).",
    "Fattura unica mensile, DDT separati & numerati.",
    "Listino riservato: sconto 10% + 5% sulle quantità > 100.",
    'Ha chiesto il codice "IPA" in fattura.',
    "Merce fragile, imballo rinforzato; non sovrapporre più di tre colli per bancale.",
)

CUSTOMER_STATES = ("Attivo", "Attivo", "Attivo", "Attivo", "Sospeso", "Cessato")
ORDER_STATES = ("Aperto", "Evaso", "Evaso", "Evaso parziale", "Annullato")

REFERENCES = (
    "Vs. ordine n. {n}",
    "Rif. tel. sig. D'Angelo",
    "PO <{n}>",
    'Cantiere "Città Alta" & box',
    "e-mail del {n}",
)
CARRIERS = (
    "Corriere espresso",
    "Vettore Brambilla & C.",
    "Ritiro in sede",
    "Mezzo proprio",
    "Trasporti dell'Adriatico",
)

GOODS = (
    "Vite testa esagonale|Bullone zincato|Tubo flessibile|Guarnizione in età|Lampada a LED|Cavo unipolare|"
    'Maniglia "Città"|Caffè in grani|Piastra forata|Vernice all\'acqua|Chiave a tubo|Rotolo film|Pannello isolante|'
    "Sedia Perù|Raccordo a T|Staffa dell'angolo"
).split("|")
QUALITIES = (
    'acciaio inox A2|ottone nichelato|bianco|nero opaco|Ø 12 mm|1/2" maschio|qualità extra|serie 2000|'
    "<fuori misura>|tipo A & B|± 0,5 mm|alta densità"
).split("|")
CURIOUS_GOODS = (
    "Vite testa esagonale M8×40 - acciaio inox A2",
    'Kit <completo> chiavi & bussole 1/2"',
    "Caffè dell'Età d'Oro 250 g",
    'Guarnizione in età avanzata - ricambio originale per gruppi termici a condensazione serie "Città", completa di '
    "anello di tenuta, molla di contrasto, pastiglia in grafite e istruzioni di montaggio in cinque lingue; non usare "
    "con acqua demineralizzata né con liquidi a base di glicole oltre il 30%, pena il decadere della garanzia di legge",
    "Sedia Perù",
    "Sedia Perù",
    "Campione omaggio",
)
CATEGORIES = (
    "Ferramenta > Viti & bulloni",
    "Idraulica > Raccordi",
    "Elettricità",
    "Casa e città",
    "Alimentari > Caffè",
    "Colori & vernici",
    "Ricambi d'epoca",
    None,
)
UNITS = ("PZ", "PZ", "PZ", "KG", "MT", "CF", "LT")
VAT_RATES = ("22.00", "22.00", "22.00", "10.00", "4.00", "0.00")
PROSE = (
    "Prodotto conforme alle norme vigenti.",
    "Disponibile in più colori e finiture a richiesta.",
    "Da conservare in luogo fresco e asciutto, lontano da fonti di calore.",
    "L'immagine è puramente indicativa; l'azienda si riserva di variare le caratteristiche senza preavviso.",
    "Confezione minima: 1 cartone (12 pezzi).",
    "Resa indicativa 10-12 m²/l per mano, secondo l'assorbimento del supporto.",
    "Attenzione: non disperdere nell'ambiente dopo l'uso.",
)
