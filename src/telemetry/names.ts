/**
 * Instrument names to Prometheus names, by the rules of Prometheus' OTLP translator: what a user
 * scrapes here is called the same as what arrives there over OTLP.
 */

export type Kind = 'gauge' | 'updown' | 'counter';

/** UCUM units in words. Units that aren't here stand for themselves. */
const UNITS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  Hz: 'hertz',
  Cel: 'celsius',
  V: 'volts',
  W: 'watts',
  '1': '',
  '%': 'percent',
};

const PER_UNITS: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
};

export function prometheusName(instrument: string, unit: string, kind: Kind): string {
  const tokens = instrument.split(/[^a-zA-Z0-9:]+/).filter((token) => token !== '');
  const [main = '', per = ''] = unit.split('/', 2).map((part) => part.trim());
  const mainWord = main.includes('{') ? '' : (UNITS[main] ?? main);
  const perWord = per === '' || per.includes('{') ? '' : (PER_UNITS[per] ?? per);
  if (mainWord !== '' && !tokens.includes(mainWord)) tokens.push(mainWord);
  if (perWord !== '' && !tokens.includes(perWord)) tokens.push('per', perWord);
  if (kind === 'counter') moveToEnd(tokens, 'total');
  if (kind === 'gauge' && unit === '1') moveToEnd(tokens, 'ratio');
  return tokens.join('_');
}

/** Attribute keys to label names: ours have letters, digits, underscores and dots only. */
export function labelName(key: string): string {
  return key.replaceAll('.', '_');
}

function moveToEnd(tokens: string[], word: string): void {
  for (let index = tokens.indexOf(word); index !== -1; index = tokens.indexOf(word)) {
    tokens.splice(index, 1);
  }
  tokens.push(word);
}
