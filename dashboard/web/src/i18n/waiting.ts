// Why something waits, by the operator's reason, in languages other than its English. Of several sentences the first one
// is taken whose values are all known; where there is none, the operator's own is shown.

export const WAITING: Partial<Record<string, Record<string, readonly string[]>>> = {
  it: {
    Paused: [
      "La sorgente {source} è in pausa, l'ha fermata {by}: {why}.",
      "La sorgente {source} è in pausa, l'ha fermata {by}.",
      "La sorgente {source} è in pausa: {why}.",
      "La sorgente {source} è in pausa.",
    ],
    SourceBusy: ["{source} ne ammette {limit} alla volta: {tasks}.", "La sorgente {source} è occupata."],
    TypeBusy: ["{type} di {source} è già in corso: {tasks}.", "{type} di {source} è già in corso."],
    TypeLimit: ["È raggiunto il numero massimo di sincronizzazioni contemporanee di {type}."],
    GlobalLimit: ["Tutti i posti dell'operatore sono occupati."],
    QueuedBehind: ["Altre passano prima in coda: {n}.", "Altre passano prima in coda."],
    QuietHours: ["Ore di silenzio: nulla di pianificato parte prima di {at}.", "Ore di silenzio: nulla di pianificato parte."],
    CircuitOpen: [
      "Il circuito di {source} è aperto dopo troppi errori: si riprova {at}.",
      "Il circuito di {source} è aperto: resta così finché qualcuno non lo ripara.",
    ],
    NotBefore: ["È stato chiesto di non partire prima di {at}."],
    BackingOff: ["Il tentativo {n} di {of} parte {at}."],
    SourceNotFound: ["In questo namespace non c'è la sorgente {source}."],
    ProfileNotRead: ["Il profilo di {source} non è ancora stato letto."],
    UnknownStream: ["Il profilo di {source} non dichiara {type}."],
    Starting: ["Il suo pod sta partendo."],
  },
};
