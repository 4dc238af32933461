import { readFileSync } from 'node:fs';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { InvalidArgumentError } from '../../../domain/shared/errors.js';

/**
 * How a connection is encrypted, in PostgreSQL's own words. There is no `prefer` and no `allow`: they go on in plain text
 * where somebody on the way wants that.
 */
export type SslMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';

/** Each of them. */
export const SSL_MODES: readonly SslMode[] = ['disable', 'require', 'verify-ca', 'verify-full'];

/** The options that decide it. */
export interface TlsSettings {
  readonly ssl?: boolean | 'no-verify' | TlsOptions;
  readonly sslmode?: SslMode;
  readonly sslrootcert?: string;
}

/**
 * What the driver is given: `undefined` where its environment (`PGSSLMODE`) decides.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_STORAGE` when the file of `sslrootcert` can't be read
 */
export function tlsOf({ ssl, sslmode, sslrootcert }: TlsSettings): boolean | TlsOptions | undefined {
  if (ssl === 'no-verify') return { rejectUnauthorized: false };
  if (sslmode === undefined) return ssl;
  const ca = sslrootcert === undefined ? {} : { ca: certificatesIn(sslrootcert) };
  switch (sslmode) {
    case 'disable':
      return false;
    case 'require':
      // As the server's own clients do: who names an authority wants the certificate to be checked.
      return sslrootcert === undefined ? { rejectUnauthorized: false } : anyName(ca);
    case 'verify-ca':
      return anyName(ca);
    case 'verify-full':
      return sslrootcert === undefined ? true : ca;
  }
}

/** The certificate is checked, and not that it is that of the host. */
function anyName(ca: TlsOptions): TlsOptions {
  return { ...ca, checkServerIdentity: () => undefined };
}

function certificatesIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'it is no path';
    throw new InvalidArgumentError(`The PostgreSQL storage is not valid: sslrootcert ${path} can't be read: ${why}.`, {
      code: 'WAYMARK_INVALID_STORAGE',
      cause,
      hint: 'Name the file, in PEM, with the certificate of the authority that signed the one of the server.',
      details: { path },
    });
  }
}
