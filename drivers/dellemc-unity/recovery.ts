/** Messages that say that something is well again. */

/** `descriptionId` of such an alert, for example ALRT_COMPONENT_OK. */
export const RECOVERY_REASONS =
  /^ALRT_(\w+_)?(OK|OK_\w+|RESTORED?|RECOVERED|CLEARED|LINK_UP|FINISH_REBUILD)$/;

/** `messageId` of such an alert: a trap tells no more. */
export const RECOVERY_MESSAGES: ReadonlySet<string> = new Set([
  '1:1670071', '1:16f0077', '1:16f0078', '14:600c8', '14:600d1', '14:600d9', '14:6012f',
  '14:60198', '14:601f6', '14:6025b', '14:602bd', '14:60326', '14:60344', '14:60347', '14:60388',
  '14:6038c', '14:6038f', '14:603eb', '14:6044f', '14:604b1', '14:60519', '14:6057c', '14:6058a',
  '14:605e1', '14:60648', '14:606a5', '14:6070a', '14:6076d', '14:60771', '14:60898', '14:608fc',
  '14:60960', '14:609c5', '14:60a28', '14:60bb9', '14:60c1c', '14:60ce7', '14:60d48', '14:60dac',
  '14:60e10', '14:60e74', '14:60f00', '14:180008', '14:46000f', '14:460013', '14:460015',
  '201:20000', '301:40001',
]); // prettier-ignore
