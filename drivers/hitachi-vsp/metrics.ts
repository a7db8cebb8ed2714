/** Performance: none. No Configuration Manager resource of the supported models holds counters. */
import type { Capabilities } from 'delfin-agent/driver';

export const CAPABILITIES: Capabilities = { is_historic: false, resource_metrics: {} };
