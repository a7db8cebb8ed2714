export * from '../../src/testing/snmp-agent.ts';
