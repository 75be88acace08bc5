/** Other names of the ten databases: English first, then German, French, Spanish, Italian, Portuguese, Dutch, Polish. */
const databaseNames: Readonly<Record<string, readonly string[]>> = {
  tags: [
    ...['Labels', 'Topics', 'Areas and Resources'],
    ...['Schlagwörter', 'Schlagworte', 'Étiquettes', 'Mots-clés', 'Etiquetas', 'Etichette', 'Labels'],
    ...['Tagi', 'Etykiety', 'Tematy'],
  ],
  tasks: [
    ...['To-dos', 'Todos', 'To Do', 'To Do List', 'Task List'],
    ...['Aufgaben', 'Tâches', 'À faire', 'Tareas', 'Pendientes', 'Attività', 'Compiti', 'Da fare', 'Tarefas', 'Taken'],
    ...['Zadania', 'Lista zadań', 'Do zrobienia'],
  ],
  projects: ['Projekte', 'Projets', 'Proyectos', 'Progetti', 'Projetos', 'Projecten', 'Projekty'],
  goals: ['Objectives', 'Ziele', 'Objectifs', 'Buts', 'Objetivos', 'Metas', 'Obiettivi', 'Doelen', 'Cele'],
  notes: [
    ...['Notizen', 'Notas', 'Apuntes', 'Appunti', 'Note', 'Anotações', 'Notities', 'Aantekeningen', 'Notatki'],
    'Zapiski',
  ],
  people: [
    ...['Contacts', 'Persons', 'CRM', 'Personen', 'Kontakte', 'Leute', 'Menschen', 'Personnes'],
    ...['Personas', 'Gente', 'Contactos', 'Persone', 'Contatti', 'Pessoas', 'Contatos', 'Mensen', 'Contacten'],
    ...['Ludzie', 'Osoby', 'Kontakty'],
  ],
  media: [
    ...['Media', 'Watchlist', 'Movies and TV', 'Films', 'Merkliste', 'Filme und Serien', 'Médias', 'Films et séries'],
    ...['Películas y series', 'Por ver', 'Film e serie', 'Da vedere', 'Filmes e séries', 'Kijklijst'],
    'Films en series',
    ...['Filmy', 'Filmy i seriale', 'Do obejrzenia'],
  ],
  games: ['Games', 'Backlog', 'Video Games', 'Spiele', 'Jeux', 'Juegos', 'Giochi', 'Jogos', 'Spellen', 'Gry'],
  system_upgrades: [
    ...['Upgrades', 'Improvements', 'Verbesserungen', 'Systemverbesserungen', 'Améliorations', 'Mejoras'],
    ...['Mejoras del sistema', 'Miglioramenti', 'Melhorias', 'Verbeteringen', 'Systeemverbeteringen'],
    ...['Ulepszenia', 'Usprawnienia'],
  ],
  system_fixes: [
    ...['Fixes', 'Bugs', 'Fehlerbehebungen', 'Systemfehler', 'Corrections', 'Correctifs', 'Correcciones', 'Arreglos'],
    ...['Correzioni', 'Correções', 'Oplossingen', 'Systeemfouten'],
    ...['Poprawki', 'Błędy'],
  ],
};

/** The same for properties, by their name in the entity files. Titles need none: each database has one. */
const propertyNames: Readonly<Record<string, readonly string[]>> = {
  Status: ['State', 'Stage', 'Zustand', 'Stand', 'Statut', 'État', 'Estado', 'Stato', 'Situação', 'Stan'],
  Priority: [
    ...['Priorität', 'Dringlichkeit', 'Priorité', 'Prioridad', 'Priorità', 'Prioridade', 'Prioriteit'],
    ...['Priorytet', 'Ważność'],
  ],
  'Due Date': [
    ...['Due', 'Due On', 'Deadline', 'Fällig', 'Fällig am', 'Fälligkeit', 'Fälligkeitsdatum', 'Frist'],
    ...['Échéance', "Date d'échéance", 'Date limite', 'Fecha límite', 'Vencimiento', 'Fecha de vencimiento'],
    ...['Scadenza', 'Data di scadenza', 'Prazo', 'Data de vencimento', 'Vervaldatum'],
    ...['Termin', 'Data wykonania', 'Do kiedy'],
  ],
  Project: ['Projects', 'Projekt', 'Projet', 'Proyecto', 'Progetto', 'Projeto'],
  Projects: ['Project', 'Projekte', 'Projets', 'Proyectos', 'Progetti', 'Projetos', 'Projecten', 'Projekty'],
  'Related Projects': [
    ...['Projects', 'Projekte', 'Projets', 'Proyectos', 'Progetti', 'Projetos', 'Projecten', 'Projekty'],
    'Powiązane projekty',
  ],
  Tags: [
    ...['Tag', 'Labels', 'Schlagwörter', 'Schlagworte', 'Étiquettes', 'Mots-clés', 'Etiquetas', 'Etichette'],
    ...['Tagi', 'Etykiety'],
  ],
  Notes: [
    ...['Notizen', 'Anmerkungen', 'Remarques', 'Notas', 'Appunti', 'Note', 'Notities', 'Comments', 'Kommentar'],
    ...['Notatki', 'Uwagi'],
  ],
  'Completed At': [
    ...['Completed', 'Completed On', 'Done At', 'Done On', 'Erledigt am', 'Abgeschlossen am', 'Terminé le'],
    ...['Completada el', 'Completado el', 'Completato il', 'Concluído em', 'Voltooid op'],
    ...['Ukończono', 'Data ukończenia', 'Zakończono'],
  ],
  Type: ['Kind', 'Typ', 'Art', 'Tipo', 'Soort', 'Rodzaj'],
  Description: [
    ...['Details', 'Beschreibung', 'Descripción', 'Descrizione', 'Descrição', 'Beschrijving', 'Omschrijving', 'Opis'],
  ],
  Parent: ['Parent Tag', 'Übergeordnet', 'Oberbegriff', 'Padre', 'Pai', 'Bovenliggend', 'Nadrzędny', 'Rodzic'],
  'Start Date': [
    ...['Start', 'Startdatum', 'Beginn', 'Anfang', 'Date de début', 'Début', 'Fecha de inicio', 'Inicio'],
    ...['Data di inizio', 'Inizio', 'Data de início', 'Início', 'Begindatum'],
    ...['Data rozpoczęcia', 'Początek'],
  ],
  'Target Date': [
    ...['Target', 'Zieldatum', 'Date cible', 'Fecha objetivo', 'Data obiettivo', 'Data alvo', 'Streefdatum'],
    ...['End Date', 'Enddatum', 'Deadline', 'Date de fin', 'Fecha de fin', 'Data di fine', 'Einddatum'],
    ...['Data docelowa', 'Data zakończenia', 'Koniec'],
  ],
  Category: ['Kategorie', 'Bereich', 'Catégorie', 'Categoría', 'Categoria', 'Categorie', 'Kategoria'],
  Progress: [
    ...['Fortschritt', 'Progression', 'Avancement', 'Progreso', 'Avance', 'Progresso', 'Avanzamento'],
    ...['Voortgang', 'Postęp'],
  ],
  Content: ['Text', 'Inhalt', 'Contenu', 'Contenido', 'Contenuto', 'Conteúdo', 'Inhoud', 'Treść', 'Zawartość'],
  Relationship: ['Beziehung', 'Relation', 'Relación', 'Relazione', 'Relação', 'Relatie', 'Relacja'],
  Email: ['E-Mail', 'Mail', 'Email Address', 'Courriel', 'Correo', 'Correo electrónico', 'E-mailadres', 'Adres e-mail'],
  Phone: [
    ...['Phone Number', 'Mobile', 'Telefon', 'Téléphone', 'Teléfono', 'Telefono', 'Telefone', 'Telefoon'],
    'Numer telefonu',
  ],
  Rating: ['Score', 'Bewertung', 'Évaluation', 'Valoración', 'Puntuación', 'Valutazione', 'Voto', 'Avaliação', 'Ocena'],
  Year: ['Jahr', 'Année', 'Año', 'Anno', 'Ano', 'Jaar', 'Rok'],
  Platform: ['Plattform', 'Plateforme', 'Plataforma', 'Piattaforma', 'Platforma'],
  'Hours Played': [
    ...['Hours', 'Playtime', 'Spielstunden', 'Spielzeit', 'Heures de jeu', 'Horas jugadas', 'Ore di gioco'],
    ...['Horas jogadas', 'Speeluren'],
    ...['Godziny gry', 'Czas gry'],
  ],
  'Cover URL': ['Cover', 'Titelbild', 'Couverture', 'Portada', 'Copertina', 'Capa', 'Okładka'],
  'Poster URL': ['Poster', 'Plakat', 'Affiche', 'Cartel', 'Locandina', 'Plakat filmu'],
  Source: ['Origin', 'Quelle', 'Herkunft', 'Origine', 'Fuente', 'Fonte', 'Bron', 'Źródło'],
  'Steps to Reproduce': [
    ...['Schritte zum Reproduzieren', 'Étapes de reproduction', 'Pasos para reproducir', 'Passi per riprodurre'],
    ...['Passos para reproduzir', 'Stappen om te reproduceren'],
    'Kroki do odtworzenia',
  ],
  'Affected Component': [
    ...['Component', 'Betroffene Komponente', 'Komponente', 'Composant concerné', 'Componente afectado'],
    ...['Componente interessato', 'Componente afetado'],
    'Komponent',
  ],
  'Resolution Notes': [
    ...['Resolution', 'Lösung', 'Résolution', 'Resolución', 'Risoluzione', 'Resolução', 'Oplossing', 'Rozwiązanie'],
  ],
  'Project Plan URL': [
    ...['Project Plan', 'Projektplan', 'Plan de projet', 'Plan del proyecto', 'Piano di progetto', 'Plan projektu'],
  ],
  'Associated Links': ['Links', 'Verknüpfungen', 'Liens', 'Enlaces', 'Collegamenti', 'Ligações', 'Linki', 'Odnośniki'],
};

/** Checks own keys, because a property may have a name such as `constructor`. */
const namesIn =
  (names: Readonly<Record<string, readonly string[]>>) =>
  (declared: string): readonly string[] =>
    Object.hasOwn(names, declared) ? (names[declared] ?? []) : [];

export const otherDatabaseNames = namesIn(databaseNames);
export const otherPropertyNames = namesIn(propertyNames);
