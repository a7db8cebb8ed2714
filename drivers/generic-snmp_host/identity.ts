/** What sysDescr says of system and version, in the shapes that are known; nothing is guessed of others. */

interface Identity {
  readonly model?: string;
  readonly firmware_version?: string;
}

interface Shape {
  readonly pattern: RegExp;
  readonly model?: string;
}

/** First group: model, unless the row names it; last group: version. */
const SHAPES: readonly Shape[] = [
  // "Linux nas 6.1.0-13-amd64 #1 SMP ...": uname.
  {
    pattern:
      /^(Linux|FreeBSD|NetBSD|OpenBSD|DragonFly|Darwin|SunOS|HP-UX) \S+ ([A-Z]?\.?\d+(?:\.\d+)+[\w.+~-]*)/,
  },
  // "Hardware: ... - Software: Windows Version 10.0 (Build 20348 Multiprocessor Free)"
  {
    model: 'Windows',
    pattern: /Software: Windows (?:\w+ )?Version (\d+\.\d+ \(Build \d+)/,
  },
  // "... Base Operating System Runtime AIX version: 07.03.0002.0003 TCP/IP ..."
  { model: 'AIX', pattern: /\bAIX version: (\d+(?:\.\d+)+)/ },
  // "TrueNAS-13.0-U5.3. Hardware: amd64 ..."
  { pattern: /^(TrueNAS|FreeNAS)-(?:SCALE-)?(\d[\w.-]*\w)/ },
  // "NetApp Release 9.11.1P8: ..."
  { model: 'ONTAP', pattern: /^NetApp Release (\d[\w.]*)/ },
];

export function identityOf(description: string | undefined): Identity {
  for (const { pattern, model } of SHAPES) {
    const found = pattern.exec(description ?? '');
    if (!found) continue;
    const version = found.at(-1) ?? '';
    return {
      model: model ?? found[1] ?? '',
      firmware_version: version.includes('(') ? `${version})` : version,
    };
  }
  return {};
}
