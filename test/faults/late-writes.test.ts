import { builtInTen } from '../support/definitions.ts';
import { describeLateWrites } from './support/late-writes-suite.ts';

/** `definitions.nightly.test.ts` has another definition. */
describeLateWrites(builtInTen);
