import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'

/** A certificate that is wanted. Every field that may be wrong in one can be set. */
export interface Wanted {
  readonly commonName?: string
  readonly issuer?: Issued
  readonly key?: KeyObject
  readonly dnsNames?: readonly string[]
  /** Addresses of version 4. */
  readonly addresses?: readonly string[]
  readonly ca?: boolean
  readonly purpose?: keyof typeof PURPOSES
  readonly notBefore?: Date
  readonly notAfter?: Date
}

/** A certificate and its key. */
export interface Issued {
  readonly commonName: string
  readonly key: KeyObject
  readonly pem: string
}

const HOUR_MS = 60 * 60 * 1000
const PURPOSES = {
  server: ['2b06010505070301'],
  client: ['2b06010505070302'],
  both: ['2b06010505070301', '2b06010505070302'],
} as const

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const header = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(header), content])
}
const hex = (text: string) => Buffer.from(text, 'hex')
const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts)
const oid = (encoded: string) => der(0x06, hex(encoded))
const octets = (content: Buffer) => der(0x04, content)
const name = (commonName: string) =>
  sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))))
const time = (date: Date) =>
  der(
    0x17,
    Buffer.from(
      `${date
        .toISOString()
        .replaceAll(/[-:T]|\..*/g, '')
        .slice(2)}Z`,
    ),
  )
const extension = (id: string, value: Buffer) => sequence(oid(id), octets(value))

/** Issues a certificate with ECDSA; without an issuer it signs itself. */
export function issue(wanted: Wanted = {}): Issued {
  const { commonName = 'server', ca = false, purpose = 'server', dnsNames = ['localhost'] } = wanted
  const { addresses = [] } = wanted
  const key = wanted.key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const issuer = wanted.issuer ?? { commonName, key }
  const algorithm = sequence(oid('2a8648ce3d040302'))
  const { notBefore = new Date(Date.now() - HOUR_MS), notAfter = new Date(Date.now() + HOUR_MS) } =
    wanted
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(8)])
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    name(issuer.commonName),
    sequence(time(notBefore), time(notAfter)),
    name(commonName),
    spkiOf(key),
    der(0xa3, sequence(...extensionsOf({ ca, purpose, dnsNames, addresses, key }))),
  )
  const signature = sign('sha256', body, issuer.key)
  const certificate = sequence(body, algorithm, der(0x03, Buffer.from([0]), signature))
  return { commonName, key, pem: pemOf('CERTIFICATE', certificate) }
}

/** A CA of the name that development certificates come from, and an identity below it. */
export function issueChain(wanted: Wanted = {}) {
  const root = issue({ commonName: 'Root', ca: true })
  const issuer = issue({ commonName: 'Unit Development CA', ca: true, issuer: root })
  const leaf = issue({ issuer, ...wanted })
  return { root, issuer, leaf, text: keyPem(leaf.key) + leaf.pem + issuer.pem }
}

/** A server on this machine: PEM of its key and of its certificate, by `issuer`. */
export interface ServerTls {
  readonly key: string
  readonly cert: string
}

/** Issues a certificate for `127.0.0.1` and `localhost`. */
export function issueServer(issuer: Issued, wanted: Wanted = {}): ServerTls {
  const leaf = issue({ addresses: ['127.0.0.1'], ...wanted, issuer })
  return { key: keyPem(leaf.key), cert: leaf.pem }
}

/** PKCS#8 in PEM. */
export function keyPem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString()
}

function extensionsOf({
  ca,
  purpose,
  dnsNames,
  addresses,
  key,
}: Required<Pick<Wanted, 'ca' | 'purpose' | 'dnsNames' | 'addresses' | 'key'>>): Buffer[] {
  const keyId = createHash('sha256').update(spkiOf(key)).digest().subarray(0, 20)
  const names = [
    ...dnsNames.map((dnsName) => der(0x82, Buffer.from(dnsName))),
    ...addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number)))),
  ]
  return [
    extension('551d13', ca ? sequence(der(0x01, Buffer.from([0xff]))) : sequence()),
    extension('551d0e', octets(keyId)),
    ...(ca ? [] : [extension('551d25', sequence(...PURPOSES[purpose].map(oid)))]),
    ...(names.length > 0 ? [extension('551d11', sequence(...names))] : []),
  ]
}

function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' })
}

function pemOf(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
