/** Certificates for tests on a real server, made by openssl: each vouches for itself. */
import { execFileSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';

export interface Certificate {
  /** PEM: the certificate alone. */
  readonly certificate: string;
  /** PEM: certificate and key, as turn/certificate.sh hands them over. */
  readonly both: string;
}

export function makeCertificate(name: string): Certificate {
  const made = execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-keyout', '-', '-out', '-'],
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const part = (kind: string) =>
    new RegExp(`-----BEGIN ${kind}-----[^]*?-----END ${kind}-----\n`).exec(made)?.[0] ?? '';
  const certificate = part('CERTIFICATE');
  return { certificate, both: certificate + part('PRIVATE KEY') };
}

/** Into place as a whole, as a renewal does it. */
export function install(path: string, { both }: Certificate): void {
  writeFileSync(`${path}.new`, both, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
