import { builtInTen } from '../support/definitions.ts';
import { describeOutages } from './support/outages-suite.ts';

/** `definitions.nightly.test.ts` has another definition. */
describeOutages(builtInTen);
