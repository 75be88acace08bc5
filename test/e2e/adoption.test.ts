import { describeAdoption } from './support/adoption-suite.ts';

/** `adoption.nightly.test.ts` has 10,000. */
describeAdoption(100);
