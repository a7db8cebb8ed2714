/** The cookies of one session: a server that gets them back keeps one session, not one a request. */
export interface CookieJar {
  /** Takes `Set-Cookie` lines; an empty value deletes. */
  keep(lines: readonly string[]): void;
  /** The `cookie` header; undefined without cookies. */
  header(): string | undefined;
  clear(): void;
}

export function createCookieJar(): CookieJar {
  const cookies = new Map<string, string>();
  return {
    keep(lines) {
      for (const line of lines) {
        const [pair = ''] = line.split(';', 1);
        const cut = pair.indexOf('=');
        if (cut <= 0) continue;
        const [name, value] = [pair.slice(0, cut).trim(), pair.slice(cut + 1).trim()];
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
    },
    clear: () => cookies.clear(),
    header() {
      if (cookies.size === 0) return undefined;
      return Array.from(cookies, ([name, value]) => `${name}=${value}`).join('; ');
    },
  };
}
