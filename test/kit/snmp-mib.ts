export * from '../../src/testing/snmp-mib.ts';
