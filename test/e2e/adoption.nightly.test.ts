import { describeAdoption } from './support/adoption-suite.ts';

describeAdoption(10_000);
