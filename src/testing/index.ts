/**
 * What holds a driver to its contract, public as `delfin-agent/testing`: the checks, any test runner's
 * way to run them, and what a simulator is made of.
 */
export {
  defineChecks,
  RULES,
  runChecks,
  sentence,
  type Check,
  type CheckGroup,
  type CheckReport,
  type CheckResult,
  type Finding,
  type Rule,
  type TestRunner,
} from './check.ts';
export { conformance, type ConformanceOptions } from './conformance.ts';
export { faultMatrix, type FaultMatrixOptions } from './fault-matrix.ts';
export {
  COMMAND_FAULTS,
  damageOutput,
  faults,
  HTTP_FAULTS,
  SNMP_FAULTS,
  type CommandFault,
  type Fault,
  type HttpFault,
  type SnmpFault,
} from './faults.ts';
export {
  sendJson,
  serveHttp,
  type Handler,
  type Served,
  type ServedRequest,
  type ServeOptions,
} from './http-server.ts';
export { openDriver, type OpenedDriver, type OpenOptions } from './open.ts';
export * from './simulator.ts';
export { startMibAgent as serveSnmp, tableOf, type Mib, type MibAgent } from './snmp-mib.ts';
export { serveSsh, type CommandOutput, type ServedShell, type ShellOptions } from './ssh-server.ts';
