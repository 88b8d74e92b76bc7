import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CaKeystore, createCa, type IssuedCertificate } from '@rekey/ca-keystore'
import {
  encryptForRecovery,
  generatePassphrase,
  createSigningRequest,
  type KeyAlgorithm,
  type Profile,
} from '@rekey/ca-keystore/internal'

const DAY_MS = 86_400_000

/** A certificate and its key, in PEM and in files. */
export interface Leaf extends IssuedCertificate {
  readonly certificateFile: string
  readonly keyFile: string
}

/** A root, an issuing CA below it, and what they have issued, in files of `directory`. */
export interface IssuedFamily {
  readonly directory: string
  readonly root: CaKeystore
  readonly ca: CaKeystore
  readonly leaves: Readonly<Record<Profile | 'revoked', Leaf>>
  /** PEM of the current list of each CA, that of the issuing one first. */
  readonly crls: readonly [issuing: string, root: string]
  /** PEM of the key of the issuing CA, and its passphrase. */
  readonly recovery: { readonly pem: string; readonly passphrase: string }
}

/** Which family to issue. */
interface Wanted {
  /** Exists already. */
  readonly directory: string
  readonly algorithm?: KeyAlgorithm
  readonly generation?: number
  /** Default: a new one. */
  readonly root?: CaKeystore
}

/**
 * Creates the CAs and has them issue one certificate of each profile and one more that is revoked. Written as `root.pem`, `ca.pem`, `root.crl`,
 * `ca.crl`, `client.pem`, `client.key` and so on.
 */
export async function issueFamily(wanted: Wanted): Promise<IssuedFamily> {
  const { directory, algorithm = 'ecdsa-p256', generation = 1 } = wanted
  const passphrase = generatePassphrase()
  const at = (name: string) => join(directory, name)
  const made = { passphrase, algorithm, organization: 'Exämple' }
  const root =
    wanted.root ?? (await createCa({ ...made, directory: at('root'), commonName: 'Example Root' }))
  const place = { directory: at('issuing'), passphrase }
  const named = { commonName: 'Example Issuing CA', generation, parent: root }
  const ca = await createCa({ ...made, ...place, ...named })
  const leaves = {
    client: await issueLeaf({ ca, directory, name: 'client' }),
    server: await issueLeaf({ ca, directory, name: 'server', profile: 'server' }),
    service: await issueLeaf({ ca, directory, name: 'service', profile: 'service' }),
    revoked: await issueLeaf({ ca, directory, name: 'revoked' }),
  }
  const crls = [await crlOf(ca, [leaves.revoked]), await crlOf(root, [])] as const
  await writeFile(at('root.pem'), root.certificate)
  await writeFile(at('ca.pem'), ca.certificate)
  await writeFile(at('ca.crl'), crls[0])
  await writeFile(at('root.crl'), crls[1])
  const held = { value: passphrase, origin: { kind: 'memory' } } as const
  const options = { ...place, passphrase: held, recoveryPassphrase: passphrase }
  const recovery = { pem: await encryptForRecovery(options), passphrase: passphrase.expose() }
  return { directory, root, ca, leaves, crls, recovery }
}

/** Issues one certificate, for a key of the default kind or another one, and writes it and its key. */
export async function issueLeaf(order: {
  readonly ca: CaKeystore
  readonly directory: string
  readonly name: string
  readonly profile?: Profile
  readonly algorithm?: KeyAlgorithm
}): Promise<Leaf> {
  const { ca, directory, name, profile = 'client', algorithm = 'ecdsa-p256' } = order
  const { privateKey, csr } = createSigningRequest({ commonName: name, algorithm })
  const issued = await ca.issueCertificate({
    ...{ csr, profile, validityMs: 30 * DAY_MS },
    subject: { commonName: name, organization: 'Exämple' },
    subjectAltNames:
      profile === 'client'
        ? [{ kind: 'email', value: `${name}@example.com` }]
        : [
            { kind: 'dns', value: `${name}.example.com` },
            { kind: 'ip', value: '2001:db8::7' },
          ],
  })
  const [certificateFile, keyFile] = [
    join(directory, `${name}.pem`),
    join(directory, `${name}.key`),
  ]
  await writeFile(certificateFile, issued.certificate)
  await writeFile(keyFile, privateKey.expose(), { mode: 0o600 })
  return { ...issued, certificateFile, keyFile }
}

/** A list of a CA with these certificates, in PEM. */
export async function crlOf(
  ca: CaKeystore,
  revoked: readonly Pick<IssuedCertificate, 'serial'>[],
  changes: { readonly number?: bigint; readonly validityMs?: number } = {},
): Promise<string> {
  const revokedAt = new Date()
  const entries = revoked.map(({ serial }) => ({
    ...{ serial, revokedAt, reason: 'keyCompromise' as const },
  }))
  return (await ca.issueCrl({ number: 1n, revoked: entries, ...changes })).crl
}
