import type { KindRunbook } from '@rekey/secret/kind'

/** The part of a runbook that TLS identities contribute. */
export const tlsRunbook: KindRunbook = {
  title: 'TLS identities',
  overlap: () =>
    'Servers show the new certificate from `promote` on. Open connections live on under the one they began with; clients accept the old certificate until it expires.',
  notes: {
    scheduled:
      'The key is made by the rotator and certified by the service that signs; a handshake for each name proves it before servers change.',
    emergency:
      'No server shows the old certificate once the command ends. What leaked is a key, and clients accept its certificate until it expires: have the CA revoke it (`rekey ca revoke --certificate FILE --reason keyCompromise`) where clients read its list.',
    stuck:
      'Servers show a valid certificate all the while: the old one before `promote`, the new one after it.',
    'rolled-back': 'Servers show the old certificate again.',
  },
  refused:
    'A handshake shows the new certificate alone: compare `openssl s_client -connect HOST:PORT < /dev/null | openssl x509 -noout -fingerprint -sha256` before and after. `rekey` has made that comparison with every replica. A certificate that is not revoked by the CA has no receipt; the command then prints `not proven to be refused`.',
  remedies: [
    ['`has loaded the new certificate`, and a replica', 'it has not loaded it'],
    [
      '`the current certificate is not shown by`, and a replica',
      'a proxy before it has a certificate of its own, or the address in `fleet` is not that of its TLS listener',
    ],
    [
      'the service that signs does not answer',
      'mend it first. An identity that has expired meanwhile cannot order the next one: see [SECURITY.md](https://github.com/rekey/rekey/blob/main/SECURITY.md#an-identity-has-expired)',
    ],
  ],
}
