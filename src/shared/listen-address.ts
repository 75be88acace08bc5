import { isIP } from 'node:net';

export interface ListenAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

/** Parses `127.0.0.1:9464` or `[::1]:9464`. @returns null for anything but an IP address and a port */
export function parseListenAddress(text: string): ListenAddress | null {
  const [, v6, name, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? (name === 'localhost' ? '127.0.0.1' : name) ?? '';
  return isIP(host) > 0 && Number(port) > 0 && Number(port) < 65_536 ? { host, port: Number(port) } : null;
}

/** `127.0.0.1:9464` or `[::1]:9464`, as in a URL. */
export const formatListenAddress = ({ host, port }: ListenAddress): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;
