/** What a server has shown of itself in a handshake, and whether it was believed. Plain data. */

export interface ServerIdentity {
  /** `host` or `host:port`. */
  readonly server: string;
  /** The key of the configuration that pins it. */
  readonly key: 'rest.fingerprint' | 'ssh.host_key';
  /** As that key takes it: `sha256:...`, `ssh-ed25519 AAAA...`. */
  readonly value: string;
  readonly accepted: boolean;
  /** What decided: a key of the configuration, the authorities of the system, or that nothing is known. */
  readonly by: 'system' | 'ca' | 'fingerprint' | 'host_key' | 'known_hosts' | 'insecure' | 'none';
  /** End of the certificate's validity, epoch ms. */
  readonly valid_to?: number;
}

export type TellIdentity = (identity: ServerIdentity) => void;
