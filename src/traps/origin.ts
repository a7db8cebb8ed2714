/** Where a datagram came from, and the way back. */
export interface Origin {
  readonly address: string;
  readonly port: number;
  readonly reply: (datagram: Uint8Array) => void;
}
