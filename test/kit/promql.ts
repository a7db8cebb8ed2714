/** Reading PromQL in tests: which metrics and labels an expression names. */

const GROUPING = /\b(by|on|without|ignoring|group_left|group_right)\s*\(([^()]*)\)/g;
const SELECTOR = /\{((?:[^{}"]|"(?:[^"\\]|\\.)*")*)\}/g;
const MATCHER = /([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g;

export interface Named {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
  /** Patterns of `__name__=~"..."`. */
  readonly namePatterns: readonly string[];
}

/** Names of ours only: `storage...` and `delfin...`. */
export function namesIn(expression: string): Named {
  const matchers = Array.from(expression.matchAll(SELECTOR), ([, inner = '']) =>
    Array.from(inner.matchAll(MATCHER)),
  ).flat();
  const grouped = Array.from(expression.matchAll(GROUPING), ([, , labels = '']) =>
    labels.split(',').map((label) => label.trim()),
  ).flat();
  const rest = expression.replaceAll(SELECTOR, ' ').replaceAll(GROUPING, ' ');
  return {
    metrics: [...new Set(rest.match(/\b(?:storage|delfin)_[a-zA-Z0-9_:]*/g))],
    labels: [
      ...new Set(
        [...grouped, ...matchers.map(([, label = '']) => label)].filter((label) => label !== ''),
      ),
    ],
    namePatterns: matchers
      .filter(([, label]) => label === '__name__')
      .map(([, , , pattern = '']) => pattern),
  };
}
