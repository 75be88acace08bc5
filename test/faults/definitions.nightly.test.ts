import { builtInTen, spanishFive } from '../support/definitions.ts';
import { describeExactlyOnce } from './support/exactly-once-suite.ts';
import { describeLateWrites } from './support/late-writes-suite.ts';
import { describeOutages } from './support/outages-suite.ts';

describeExactlyOnce(builtInTen, { rows: 500, crashes: 32 });
describeExactlyOnce(spanishFive, { rows: 500, crashes: 32 });
describeOutages(spanishFive);
describeLateWrites(spanishFive);
