import * as runner from 'node:test';
import { conformance, defineChecks, faultMatrix } from 'delfin-agent/testing';
import driver from './sample-rest-driver.ts';
import { simulator } from './sample-rest-simulator.ts';

defineChecks(conformance({ driver, simulator }), runner);
defineChecks(faultMatrix({ driver, simulator }), runner);
