/** Statistics files on the nodes that wrote them, each node by an address of its own: no copies. */
import {
  BackendError,
  createParts,
  DriverError,
  type DriverContext,
  type SshAccess,
} from 'delfin-agent/driver';
import { createCli } from './client.ts';
import { namesOn } from './dumps.ts';

/** A further node, where a login is not tried again once it was refused: what differs from the system's own access. */
export interface NodeAccess {
  readonly host: string;
  readonly port?: number;
  readonly host_key?: string;
}

export interface NodeFiles {
  /** Names of its files; none, told, while the node does not answer. */
  names(): Promise<readonly string[]>;
  read(name: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

export function createNodeFiles(
  node: NodeAccess,
  access: SshAccess,
  context: DriverContext,
): NodeFiles {
  const parts = createParts(context);
  const { host_key: _, ...shared } = access;
  const own = node.host_key ?? access.host_key;
  const cli = createCli(
    { ...shared, host: node.host, port: node.port ?? 22, ...(own ? { host_key: own } : {}) },
    context,
    parts,
  );
  return {
    async names() {
      try {
        return await namesOn({ cli, parts });
      } catch (error) {
        if (!(error instanceof DriverError)) throw error;
        parts.tell(new BackendError('node', `node ${node.host}: ${error.message}`));
        return [];
      }
    },
    read: (name) => cli.readFile(`/dumps/iostats/${name}`),
    close: () => cli.close(),
  };
}
