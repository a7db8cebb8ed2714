/** The driver contract, public as `delfin-agent/driver`. */
export * from './access.ts';
export * from './alerts.ts';
export { mapConcurrent, pause, retry } from './concurrency.ts';
export * from './driver.ts';
export { lookup } from './enumeration.ts';
export * from './errors.ts';
export * from './kit/index.ts';
export * from './metrics.ts';
export * from './read.ts';
export * from './records.ts';
export { Secret } from './secret.ts';
export { isZone, writtenTime, zonedTime, zoneOffset, zoneOr, type WallClock } from './time.ts';
export * from './traps.ts';
export { shellQuote } from './transports.ts';
export type * from './transports.ts';
export { Type, type Static } from './schema.ts';
export { parseXml, xmlTags, type XmlElement, type XmlTag } from './xml.ts';
