// Loaded before a command that is to believe that a person sits at a terminal: pipes stand in for it.
for (const stream of [process.stdin, process.stdout]) stream.isTTY = true;
process.stdin.setRawMode = () => process.stdin;
process.stdout.columns = 100;
process.stdout.rows = 40;
