/** Forms of texts, as the JSON Schema has them. */

/** `90s`, `5m`, `1h`, `250ms`, or sums of them: `1m30s`. */
export const DURATION_PATTERN = '^(\\d+(\\.\\d+)?(ms|s|m|h|d))+$';
/** `128MiB`, `64KiB`, `1GiB`, `500MB`, or plain bytes. */
export const SIZE_PATTERN = '^\\d+(\\.\\d+)?\\s*(B|KB|MB|GB|KiB|MiB|GiB)?$';
/** `host:port`, `[v6]:port` or `:port`. */
const ADDRESS = '(\\[[0-9A-Fa-f:.]+\\]|[^\\s:\\[\\]]*):\\d{1,5}';
export const ADDRESS_PATTERN = `^${ADDRESS}$`;
/** An address, or the absolute path of a Unix socket: `unix:///path`. */
export const LISTEN_PATTERN = `^(unix:///.*[^/]|${ADDRESS})$`;
