import { builtInTen } from '../support/definitions.ts';
import { describeExactlyOnce } from './support/exactly-once-suite.ts';

/** `definitions.nightly.test.ts` has 500 rows, and another definition. */
describeExactlyOnce(builtInTen, { rows: 150, crashes: 6 });
