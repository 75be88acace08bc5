import { isSpelledAlike } from '../entities/option-names.ts';
import { plainName } from '../shared/plain-name.ts';

/**
 * Other names of options, best first: in English, then in German, French, Spanish, Italian, Portuguese, Dutch and Polish.
 * An adjective that fits several of the ten databases has its forms for them.
 */
const optionNames: Readonly<Record<string, readonly string[]>> = {
  Todo: [
    ...['To Do', 'Not Started', 'Open', 'Next', 'Offen', 'Zu erledigen', 'Zu tun', 'Nicht begonnen', 'À faire'],
    ...['Pas commencé', 'Por hacer', 'Pendiente', 'Sin empezar', 'Da fare', 'Non iniziato', 'A fazer', 'Por fazer'],
    ...['Não iniciado', 'Te doen', 'Niet begonnen', 'Do zrobienia', 'Nie rozpoczęto', 'Nierozpoczęte', 'Otwarte'],
  ],
  'In Progress': [
    ...['Doing', 'Started', 'In Arbeit', 'In Bearbeitung', 'Läuft', 'En cours', 'En curso', 'En progreso'],
    ...['En proceso', 'In corso', 'Em andamento', 'Em curso', 'Em progresso', 'Bezig', 'Mee bezig', 'In uitvoering'],
    ...['W toku', 'W trakcie', 'W trakcie realizacji', 'Robię'],
  ],
  Done: [
    ...['Complete', 'Completed', 'Finished', 'Erledigt', 'Fertig', 'Abgeschlossen', 'Terminé', 'Terminée', 'Fait'],
    ...['Hecho', 'Hecha', 'Listo', 'Terminado', 'Completado', 'Completada', 'Fatto', 'Finito', 'Completato', 'Feito'],
    ...['Concluído', 'Concluída', 'Klaar', 'Gedaan', 'Voltooid', 'Afgerond', 'Gotowe', 'Zrobione', 'Ukończone'],
    ...['Zakończone', 'Wykonane'],
  ],
  Completed: [
    ...['Complete', 'Done', 'Finished', 'Abgeschlossen', 'Fertig', 'Erledigt', 'Beendet', 'Terminé', 'Achevé', 'Fini'],
    ...['Completado', 'Completada', 'Terminado', 'Terminada', 'Finalizado', 'Completato', 'Completata', 'Finito'],
    ...['Terminato', 'Concluído', 'Concluída', 'Terminado', 'Voltooid', 'Afgerond', 'Klaar', 'Uitgespeeld'],
    ...['Ukończone', 'Ukończony', 'Ukończona', 'Zakończone', 'Zakończony', 'Zakończona', 'Gotowe', 'Obejrzane'],
  ],
  Cancelled: [
    ...['Canceled', 'Dropped', "Won't Do", 'Abgebrochen', 'Storniert', 'Abgesagt', 'Annulé', 'Annulée', 'Cancelado'],
    ...['Cancelada', 'Annullato', 'Annullata', 'Geannuleerd', 'Anulowane', 'Anulowany', 'Anulowana'],
  ],
  Archived: [
    ...['Archive', 'Archiviert', 'Archiv', 'Archivé', 'Archivée', 'Archives', 'Archivado', 'Archivada', 'Archiviato'],
    ...['Archiviata', 'Arquivado', 'Arquivada', 'Gearchiveerd', 'Zarchiwizowane', 'Zarchiwizowany', 'Zarchiwizowana'],
    'Archiwum',
  ],
  Active: [
    ...['In Progress', 'Current', 'Aktiv', 'Laufend', 'Actif', 'En cours', 'Activo', 'Activa', 'Attivo'],
    ...['Attiva', 'Ativo', 'Ativa', 'Actief', 'Aktywne', 'Aktywny', 'Aktywna', 'W toku'],
  ],
  'On Hold': [
    ...['Paused', 'Waiting', 'Blocked', 'Pausiert', 'Wartend', 'Zurückgestellt', 'En pause', 'En attente', 'En pausa'],
    ...['En espera', 'In pausa', 'In attesa', 'Em pausa', 'Em espera', 'In de wacht', 'Gepauzeerd', 'Wstrzymane'],
    ...['Wstrzymany', 'Wstrzymana', 'Zawieszone', 'Oczekuje'],
  ],
  Planned: [
    ...['Scheduled', 'Geplant', 'Planifié', 'Prévu', 'Planificado', 'Planeado', 'Pianificato', 'Previsto', 'Planejado'],
    ...['Gepland', 'Zaplanowane', 'Planowane'],
  ],
  Low: [
    'Niedrig',
    'Gering',
    'Basse',
    'Faible',
    'Bas',
    'Baja',
    'Bajo',
    'Bassa',
    'Basso',
    'Baixa',
    'Laag',
    'Niski',
    'Niska',
  ],
  Medium: [
    ...['Normal', 'Mittel', 'Moyenne', 'Moyen', 'Media', 'Medio', 'Média', 'Médio', 'Gemiddeld', 'Normaal', 'Średni'],
    ...['Średnia', 'Normalny', 'Normalna'],
  ],
  High: ['Important', 'Hoch', 'Haute', 'Élevée', 'Alta', 'Alto', 'Hoog', 'Wysoki', 'Wysoka'],
  Critical: [
    ...['Urgent', 'Highest', 'Kritisch', 'Dringend', 'Critique', 'Urgente', 'Crítica', 'Crítico', 'Critica', 'Critico'],
    ...['Kritiek', 'Krytyczny', 'Krytyczna', 'Pilny', 'Pilne'],
  ],
  Work: ['Job', 'Arbeit', 'Beruf', 'Travail', 'Trabajo', 'Lavoro', 'Trabalho', 'Werk', 'Praca'],
  Personal: [
    ...[
      'Private',
      'Home',
      'Persönlich',
      'Privat',
      'Personnel',
      'Perso',
      'Personale',
      'Privato',
      'Pessoal',
      'Persoonlijk',
    ],
    ...['Privé', 'Osobiste', 'Osobisty', 'Prywatne', 'Prywatny'],
  ],
  Learning: [
    ...['Education', 'Study', 'Lernen', 'Bildung', 'Apprentissage', 'Formation', 'Aprendizaje', 'Apprendimento'],
    ...['Formazione', 'Aprendizagem', 'Leren', 'Nauka', 'Edukacja'],
  ],
  Health: ['Fitness', 'Gesundheit', 'Santé', 'Salud', 'Salute', 'Saúde', 'Gezondheid', 'Zdrowie'],
  Career: ['Karriere', 'Carrière', 'Carrera', 'Carriera', 'Carreira', 'Kariera'],
  Achieved: [
    ...['Reached', 'Done', 'Completed', 'Erreicht', 'Atteint', 'Réalisé', 'Logrado', 'Conseguido', 'Alcanzado'],
    ...['Raggiunto', 'Alcançado', 'Atingido', 'Bereikt', 'Behaald', 'Osiągnięte', 'Osiągnięty'],
  ],
  Abandoned: [
    ...['Dropped', 'Given Up', 'Aufgegeben', 'Abandonné', 'Abandonado', 'Abbandonato', 'Opgegeven', 'Porzucone'],
    ...['Porzucony', 'Zaniechane'],
  ],
  Meeting: [
    ...[
      'Meeting Notes',
      'Besprechung',
      'Treffen',
      'Réunion',
      'Reunión',
      'Riunione',
      'Reunião',
      'Vergadering',
      'Spotkanie',
    ],
  ],
  Idea: ['Ideas', 'Idee', 'Idée', 'Ideia', 'Pomysł'],
  Reference: [
    'Referenz',
    'Nachschlagen',
    'Référence',
    'Referencia',
    'Riferimento',
    'Referência',
    'Referentie',
    'Referencja',
  ],
  Family: ['Familie', 'Famille', 'Familia', 'Famiglia', 'Família', 'Rodzina'],
  Friend: [
    'Friends',
    'Freund',
    'Freunde',
    'Ami',
    'Amis',
    'Amigo',
    'Amigos',
    'Amico',
    'Amici',
    'Vriend',
    'Vrienden',
    'Przyjaciel',
    'Znajomy',
  ],
  Colleague: [
    ...['Colleagues', 'Coworker', 'Kollege', 'Kollegen', 'Collègue', 'Collègues', 'Colega', 'Colegas', 'Collega'],
    ...['Colleghi', "Collega's", 'Kolega z pracy', 'Współpracownik'],
  ],
  Client: ['Clients', 'Customer', 'Kunde', 'Kunden', 'Cliente', 'Clientes', 'Clienti', 'Klant', 'Klanten', 'Klient'],
  Area: ['Areas', 'Bereich', 'Domaine', 'Área', 'Ambito', 'Gebied', 'Obszar'],
  Resource: ['Resources', 'Ressource', 'Ressourcen', 'Recurso', 'Recursos', 'Risorsa', 'Risorse', 'Bron', 'Zasób'],
  Movie: ['Movies', 'Film', 'Filme', 'Films', 'Película', 'Películas', 'Filmy'],
  'TV Show': [
    ...[
      'TV Series',
      'Series',
      'Show',
      'Serie',
      'Serien',
      'Série',
      'Séries',
      'Serie TV',
      'Series de TV',
      'Serial',
      'Seriale',
    ],
  ],
  Watching: [
    ...['In Progress', 'Schaue ich', 'Schaue gerade', 'En cours', 'Viendo', 'In visione', 'Assistindo', 'A ver'],
    ...['Aan het kijken', 'Oglądam', 'W trakcie'],
  ],
  'Plan to Watch': [
    ...[
      'To Watch',
      'Watchlist',
      'Not Started',
      'Geplant',
      'Merkliste',
      'À voir',
      'Por ver',
      'Da vedere',
      'Para assistir',
    ],
    ...['Por assistir', 'Te kijken', 'Nog te zien', 'Do obejrzenia', 'Do zobaczenia'],
  ],
  Playing: [
    ...['In Progress', 'Spiele ich', 'Spiele gerade', 'En cours', 'Jugando', 'In gioco', 'Jogando', 'A jogar'],
    ...['Aan het spelen', 'Gram', 'W trakcie'],
  ],
  Backlog: [
    ...['To Play', 'Not Started', 'Noch zu spielen', 'À jouer', 'Por jugar', 'Da giocare', 'Para jogar'],
    ...['Te spelen', 'Do zagrania', 'Zaległe'],
  ],
  PS5: ['PlayStation 5', 'PlayStation'],
  Switch: ['Nintendo Switch'],
  Reported: [
    ...['New', 'Open', 'Gemeldet', 'Offen', 'Signalé', 'Reportado', 'Segnalato', 'Relatado', 'Gemeld', 'Zgłoszone'],
    ...['Zgłoszony', 'Nowe'],
  ],
  Investigating: [
    ...['Wird untersucht', 'In Untersuchung', "En cours d'analyse", 'Investigando', 'In analisi', 'In onderzoek'],
    ...['W trakcie analizy', 'Badane'],
  ],
  Fixed: [
    ...['Resolved', 'Done', 'Behoben', 'Gelöst', 'Corrigé', 'Résolu', 'Arreglado', 'Corregido', 'Solucionado'],
    ...['Risolto', 'Corretto', 'Corrigido', 'Resolvido', 'Opgelost', 'Naprawione', 'Naprawiony'],
  ],
};

/** The names that mean an option, best first: its own, then its translations. */
const namesOf = (option: string): readonly string[] =>
  // An option may have a name such as `constructor`.
  [option, ...(Object.hasOwn(optionNames, option) ? (optionNames[option] ?? []) : [])].map(plainName);

/** Whether a name means an option: `Gotowe`, `✅ done` and `Erledigt` mean `Done`. */
export const isNameOf = (option: string, name: string): boolean => namesOf(option).includes(plainName(name));

/**
 * Finds what options are named in Notion: `{ Done: 'Gotowe' }`. A name means one option, and one that is a declared
 * option means nothing else.
 * @param declared the options of the entity file
 * @param present the names of Notion's options
 */
export function translateOptions(
  declared: readonly string[],
  present: readonly string[],
): Readonly<Record<string, string>> {
  const missing = declared.filter((option) => !present.some((name) => isSpelledAlike(name, option)));
  const free = new Set(
    present.filter((name) => !declared.some((option) => isSpelledAlike(name, option)) && plainName(name) !== ''),
  );
  const found = new Map<string, string>();
  for (const option of missing) {
    const names = namesOf(option);
    const [best] = [...free]
      .filter((name) => names.includes(plainName(name)))
      .toSorted((a, b) => names.indexOf(plainName(a)) - names.indexOf(plainName(b)));
    if (best === undefined) continue;
    found.set(option, best);
    free.delete(best);
  }
  return Object.fromEntries(found);
}
