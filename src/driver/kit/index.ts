/** The driver kit: how a session lives, pages end, parts fail and samples are gathered, written once. */
export * from './answers.ts';
export {
  commandAnswers,
  nameOf,
  openCli,
  wholeOutput,
  type CliClient,
  type CliOptions,
  type CliRun,
  type CommandWords,
} from './cli.ts';
export { collectionsOf, type Collections } from './collections.ts';
export { createFacts, type Facts } from './facts.ts';
export { groupsWith, toHostGroups, toPortGroups, toVolumeGroups, type Group } from './groups.ts';
export {
  byPath,
  inUse,
  recordsOf,
  remaining,
  storageOf,
  within,
  type FieldSources,
} from './mapping.ts';
export { matchKey, oldestFirst, withUniqueKeys } from './match-keys.ts';
export { allPages, byOffset, type Page, type Paging } from './pages.ts';
export { createParts, isPartial, type ChildrenOptions, type Parts, type Way } from './parts.ts';
export {
  basicCredentials,
  granted,
  openRest,
  sessionHeaders,
  withHeaders,
  type Exchange,
  type Exchanged,
  type RestClient,
  type RestOptions,
  type RestRequest,
  type RestSession,
} from './rest.ts';
export { createSeries, type MeasuredResource, type SampleWindow, type Series } from './series.ts';
export {
  createWitness,
  linesOf,
  readTable,
  readTables,
  sizeOf,
  type Table,
  type TableRow,
  type TableShape,
  type WitnessOptions,
} from './table.ts';
export {
  isTrapAddress,
  trapAccount,
  trapAddress,
  trapTargets,
  type TrapAbilities,
  type TrapAccount,
  type TrapTargets,
} from './trap-target.ts';
