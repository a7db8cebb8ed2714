/** The requests for performance data: registration, keys, counters, samples. */
import type { ServedRequest } from '../../kit/http-server.ts';
import { ARRAY_ID, REMOTE_ID } from './data.ts';
import {
  available,
  countersOf,
  isOffered,
  measuredOf,
  sampleOf,
  timesIn,
  type Measured,
} from './performance.ts';
import {
  NOT_FOUND,
  VOLUME_HOURS_MS,
  type Answer,
  type Paged,
  type UnisphereOptions,
} from './protocol.ts';

export function performance(
  { model, unregistered, lacks = [], helpless }: UnisphereOptions,
  [category = '', action = '', array, ...more]: readonly string[],
  request: ServedRequest,
  paged: Paged,
): Answer {
  const { first, last } = available(Date.now());
  const dates = { firstAvailableDate: first, lastAvailableDate: last };
  if (action === 'registrationdetails') {
    const details = {
      symmetrixId: array,
      realtime: false,
      collectionintervalmins: unregistered ? 0 : 5,
      diagnostic: !unregistered,
    };
    return [200, { registrationDetailsInfo: [details] }];
  }
  if (category === 'Array' && action === 'keys') {
    const known = unregistered ? [REMOTE_ID] : [REMOTE_ID, ARRAY_ID];
    return [200, { arrayInfo: known.map((symmetrixId) => ({ symmetrixId, ...dates })) }];
  }
  const counters = (of: string) =>
    countersOf(model, of).filter((counter) => !lacks.includes(counter));
  if (category === 'Array' && action === 'help') {
    const [of = ''] = more;
    return helpless || !isOffered(model, of) ? NOT_FOUND : [200, { metricName: counters(of) }];
  }
  if (!isOffered(model, category) || request.method !== 'POST') return NOT_FOUND;
  const body = JSON.parse(request.body) as Record<string, string | number | readonly string[]>;
  if ((body['symmetrixId'] ?? body['systemId']) !== ARRAY_ID)
    return [404, { message: 'SymmetrixId not found.' }];
  const measured = measuredOf(model, category);
  if (action === 'keys') {
    const own = measured.filter(
      ({ selection }) =>
        body['directorId'] === undefined || selection['directorId'] === body['directorId'],
    );
    const field = `${category.replace(/^(FE|BE|RDF|SRP)|^[A-Z]/, (start) => start.toLowerCase())}Info`;
    const keys = own.map(({ selection }) => ({
      ...(selection['portId'] ? { portId: selection['portId'] } : selection),
      ...dates,
    }));
    return [200, keys.length > 0 ? { [field]: keys } : {}];
  }
  const asked = body['metrics'] as readonly string[];
  const unknown = asked.find((counter) => !counters(category).includes(counter));
  if (unknown !== undefined) {
    return [400, { message: `Invalid metric for ${category}: ${unknown}` }];
  }
  const length = Number(body['endDate']) - Number(body['startDate']);
  if (category === 'Volume' && length > VOLUME_HOURS_MS) {
    return [400, { message: 'The time range can not exceed 1 hour.' }];
  }
  const times = timesIn(Number(body['startDate']), Number(body['endDate']), { first, last });
  const samples = (one: Measured) =>
    times.map((timestamp) => ({
      ...Object.fromEntries(
        asked.map((counter) => [counter, sampleOf(model, one, counter, timestamp)]),
      ),
      timestamp,
    }));
  if (category === 'Volume') {
    const [low, high] = [String(body['volumeStartRange']), String(body['volumeEndRange'])];
    const ranged = measured.filter(
      ({ selection: { volumeId = '' } }) => volumeId >= low && volumeId <= high,
    );
    return paged(
      ranged.map((one) => ({ volumeId: one.selection['volumeId'], volumeResult: samples(one) })),
    );
  }
  const one = measured.find(({ selection }) =>
    Object.entries(selection).every(([field, id]) => body[field] === id),
  );
  return one ? paged(samples(one)) : [404, { message: 'No such object.' }];
}
