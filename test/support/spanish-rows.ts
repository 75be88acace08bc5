/** 200 rows: 40 of each kind, as a script writes them. */
export const SPANISH_ROWS = [
  `INSERT INTO libros (titulo, generos, prestado, portada, paginas, precio, leido_el)
     SELECT 'SQL ' || n, '{Novela,Teatro}', n % 2 = 0, ARRAY['https://example.com/sql-' || n || '.png'], n, n * 1.5, date '2026-01-01' + n
     FROM generate_series(1, 40) n`,
  `INSERT INTO recetas (nombre, ingredientes, vegetariana, libro_id)
     SELECT 'SQL ' || n, '{Ajo,Sal}', true, (SELECT id FROM libros WHERE titulo = 'SQL ' || n) FROM generate_series(1, 40) n`,
  `INSERT INTO clientes (nombre, correo, activo) SELECT 'SQL ' || n, 'sql' || n || '@example.com', true FROM generate_series(1, 40) n`,
  `INSERT INTO facturas (numero, importe, iva, emitida, cliente_id)
     SELECT 'SQL ' || n, n, 0.1, '2026-02-03', (SELECT id FROM clientes WHERE nombre = 'SQL ' || n) FROM generate_series(1, 40) n`,
  `WITH entry AS (INSERT INTO diario (titulo, fecha, fecha_time, viaje, viaje_end, etiquetas)
     SELECT 'SQL ' || n, '2026-03-04', '08:15', '2026-03-05', '2026-03-07', '{viaje}' FROM generate_series(1, 40) n RETURNING id, titulo)
   INSERT INTO cliente_diario (diario_id, cliente_id) SELECT entry.id, c.id FROM entry JOIN clientes c ON c.nombre = entry.titulo`,
];
