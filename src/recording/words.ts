/** What a field's key says of its value: a credential, a serial number, a name, or nothing. */

export type Kind = 'secret' | 'serial' | 'name';

const SECRET =
  /passw|passphrase|pwd|secret|token(?!type|expir)|session(id|key)|cookie|csrf|apikey|privatekey|credential|communit|authorization|^key$/;
const SERIAL =
  /serial|^e?sn$|servicetag|assettag|barcode|(storage)?deviceid$|symmetrixid|symmid|(?<!sub)arrayid|chassisid|licensekey|globalid$|contractid|panelname|^(remote)?(array|system)id$/;
const NAME =
  /names?$|label$|alias|contact|owner|^users?$|email|phone|company|customer|organi[sz]ation|fqdn|^hosts?$|domain/;
/** Names of kinds and of parts of the interface, which a driver reads. */
const KIND_NAMES =
  /(metric|counter|event|alert|alarm|type|model|vendor|product|unit|class|feature|licen[cs]e|version|schema|table|field|attribute|property|protocol|package|state|status|manufacturer|zone|message|resource|function|parameter|command|column|display|part|codec?|category|series|platform|item|test|check|sensor|stat|statistics?)names?$/;
/** Whose value may look like an address and is none. */
const VERSION = /version|release|firmware|^fw|level$|microcode|revision|build|driver|oid$|^code$/;
const MAC = /mac|hwaddr|physaddress|ethernetaddress/;
const WWN = /ww[pn]|naa|eui|guid|wwid/;
const ADDRESS = /address/;
const PATH = /path$|^mount|^junction|directory$/;
const PROSE = /^(description|comment|remark|notes?)$/;
const ENUMERATION =
  /^personality$|ostype$|status$|state$|health$|^type$|mode$|protocol$|severity$|priority$|level$/;
const POLICY = /policy|role|profile|schedule/;
const EVENT = /severity|alarm|event/;

/** `iBaseToken`, `serial_number` -> `ibasetoken`, `serialnumber`. */
function plainKey(key: string): string {
  return key.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** What a key says, found once. */
export interface KeyMeaning {
  readonly kind: Kind | undefined;
  /** A description: somebody's own where it is about an object. */
  readonly prose: boolean;
  readonly named: boolean;
  readonly event: boolean;
  /** What looks like an address is a version. */
  readonly version: boolean;
  readonly mac: boolean;
  readonly wwn: boolean;
  readonly path: boolean;
  readonly address: boolean;
  readonly location: boolean;
  /** One of a few words that the interface has for it. */
  readonly enumeration: boolean;
  /** Of a policy or a role: some come with the system. */
  readonly policy: boolean;
}

const meanings = new Map<string, KeyMeaning>();
const MOST_KEYS = 10_000;

export function meaningOf(key: string): KeyMeaning {
  let meaning = meanings.get(key);
  if (!meaning) {
    meaning = read(plainKey(key));
    if (meanings.size < MOST_KEYS) meanings.set(key, meaning);
  }
  return meaning;
}

function read(plain: string): KeyMeaning {
  const isName = NAME.test(plain) && !KIND_NAMES.test(plain);
  const named = isName ? 'name' : undefined;
  const serial = SERIAL.test(plain) ? 'serial' : named;
  return {
    kind: SECRET.test(plain) ? 'secret' : serial,
    prose: PROSE.test(plain),
    named: plain.endsWith('name'),
    event: EVENT.test(plain),
    version: VERSION.test(plain),
    mac: MAC.test(plain),
    wwn: WWN.test(plain),
    path: PATH.test(plain),
    address: ADDRESS.test(plain),
    location: plain.endsWith('location'),
    enumeration: ENUMERATION.test(plain),
    policy: POLICY.test(plain),
  };
}

/** What an event is called is its kind; what is said of an object is somebody's own. */
export function kindOfKey(
  { kind, prose }: KeyMeaning,
  siblings: readonly string[],
): Kind | undefined {
  if (kind !== 'name' && !prose) return kind;
  // A parameter and its value.
  if (siblings.length < 4 && siblings.includes('name') && siblings.includes('value'))
    return undefined;
  const others = siblings.map(meaningOf);
  if (others.some(({ event }) => event)) return undefined;
  if (prose) return others.some(({ named }) => named) ? 'name' : undefined;
  return kind;
}

/** Words of the field: a volume that is called so is nobody's. */
const WORDS = new Set(
  `cifs smb ftp http https ssh nvme nvmf sas sata iscsi snmp absent access active admin aggregate alarm alert alias all array async auto available back battery block
  bond boot bytes cache capacity card chassis client cluster clustered code compressed configured
  connected connection consistency controller copy cpu critical data database date default degraded
  description device direction disabled disk down drive dynamic enabled enclosure engine error ethernet
  export external failed false fan fast fault fcoe fc fibre file files filesystem firmware flash folder free
  front full good group groups hardware health healthy high home host hosts hybrid id image info
  initiator inactive interface internal ipv4 ipv6 iscsi label latency license linux local location
  logical login low lun luns main maintenance major management manager mapped master member memory
  minor mirror mixed mode model module monitor mount mounted name network nfs node nodes none normal
  null number offline online operational other owner parent part partner partition path physical
  policy pool pools port ports power present primary protocol public quota raid read ready
  redundant remote replication reserved resource role root running scsi secondary security serial server
  service session share shared shares size slave slot snapshot snapshots software source spare speed
  standard standby state status storage subsystem swap sync synchronous system target temp temperature
  test thick thin tier boot dev lib log mnt net opt proc srv sys tmp usr var vol total tree true type types unit unknown unmapped unused used user users value
  version view virtual volume volumes warning windows world write yes`.split(/\s+/),
);

const SHORTEST = 3;

/** Too short to be told from anything else, a number, a word of the field: stays as it is. */
export function isNothing(value: string): boolean {
  return (
    value.length < SHORTEST || /^[\d.,:+-]*$|^n\/a$/i.test(value) || WORDS.has(value.toLowerCase())
  );
}

/** `MirrorAllSnapshots`: a policy or a role that came with the system. */
export const isShipped = (name: string): boolean => /^([A-Z][a-z]+){2,}\d*$/.test(name);

/** Parts of up to three letters and a number: what a maker calls its controllers, ports and drives. */
const PLACE =
  /^[a-z]{0,3}[-_ ]?(\d{1,4}[a-z]?|[a-d])?([.:/_ -][a-z]{0,3}(\d{1,4}[a-z]?|[a-d])?)*$/i;

/** The same beyond doubt. */
const PLACES = /^[a-z]{2,3}\d{1,3}(\.[a-z]{2,5}\d{1,3})+(\.\d{1,4})?$/i;

export const isSurelyPlace = (name: string): boolean => PLACES.test(name);

/** A name of hardware that says no more than which one it is. */
export function isPlace(name: string): boolean {
  return PLACE.test(name);
}

/** Where something stands in a building, not which slot of the array it is in. */
export function isSomewhere(location: string): boolean {
  return (
    /\s/.test(location) && !/slot|bay|encl|shelf|cage|port|node|disk|drive|cpu|fan/i.test(location)
  );
}
