import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import {
  type CaKeystore,
  createCa,
  openCaKeystore,
  openCrlPublisher,
  openRevocationLists,
  readBiography,
} from '@rekey/ca-keystore'
import {
  checkShare,
  createBackup,
  createEscrow,
  generatePassphrase,
  inspectKeystore,
  parseEscrowSet,
  readBackup,
  readGenerations,
  recordShareCheck,
  verifyDrillReport,
} from '@rekey/ca-keystore/internal'
import { Secret } from '@rekey/secret'
import { type FormatReader, VALUE } from './store-documents.ts'

const own = createRequire(createRequire(import.meta.url).resolve('@rekey/ca-keystore/package.json'))
const { bech32m } = own('@scure/base') as {
  bech32m: Record<'encodeFromBytes', (prefix: string, bytes: Uint8Array) => string> &
    Record<'decodeToBytes', (text: string) => { bytes: Uint8Array }>
}

/** A keystore with an escrow, and a backup of it. */
interface Recorded {
  readonly directory: string
  readonly passphrase: Secret
  readonly escrow: string
  readonly share: Secret
}

const SERIAL = '0a'
let made: Promise<Recorded> | undefined

async function makeCa(directory: string): Promise<Recorded> {
  const passphrase = generatePassphrase()
  const keystore = join(directory, 'keystore')
  await (await createCa({ directory: keystore, passphrase, commonName: 'Format Root CA' })).close()
  const opening = { directory: keystore, passphrase: heldIn(passphrase) }
  const shares: Secret[] = []
  await createEscrow({
    ...{ ...opening, threshold: 2, holders: ['Alice', 'Bob'] },
    deliver: (written) => Promise.resolve(void shares.push(...written.map(({ text }) => text))),
  })
  await createBackup({ ...opening, out: join(directory, 'backup') })
  const escrow = await readFile(join(keystore, 'escrow.json'), 'utf8')
  return { directory, passphrase, escrow, share: shares[0] ?? Secret.of('', 'share') }
}

const heldIn = (value: Secret) => ({ value, origin: { kind: 'memory' } }) as const

/** A copy of the CA, with one file of it replaced or added. Directories last until the end of the tests. */
async function copyWith(
  root: string,
  file: string,
  text: string,
): Promise<Recorded & { readonly keystore: string; readonly backup: string }> {
  made ??= mkdtemp(join(root, 'ca-')).then(makeCa)
  const recorded = await made
  const directory = await mkdtemp(join(root, 'copy-'))
  await cp(recorded.directory, directory, { recursive: true, preserveTimestamps: true })
  await writeFile(join(directory, file), text, { mode: 0o600 })
  const [keystore, backup] = [join(directory, 'keystore'), join(directory, 'backup')]
  return { ...recorded, directory, keystore, backup }
}

/** A line of JSON with its signature, which is none. */
const statement = (format: number) => `${JSON.stringify({ format, text: VALUE })}\n${VALUE}\n`

/** The share with another first byte, and the checksums that it then has. */
function shareOf(format: number, share: Secret): Secret {
  const lines = share.expose().replaceAll(' ', '').split('\n')
  const read = lines.map((line) => Buffer.from(bech32m.decodeToBytes(line).bytes))
  const payload = Buffer.concat(read.map((line) => line.subarray(4)))
  payload[0] = format
  const tag = createHash('sha256').update('rekey escrow share tag v1\n').update(payload).digest()
  let at = 0
  const written = read.map((line) => {
    const chunk = payload.subarray(at, (at += line.length - 4))
    const bytes = Buffer.concat([line.subarray(0, 1), tag.subarray(0, 3), chunk])
    return bech32m.encodeFromBytes('rk', bytes)
  })
  return Secret.of(written.join('\n'), 'share')
}

/** Readers of the documents of a CA, whose directories are made in `root`. */
export function caReaders(root: () => string) {
  const copy = (file: string, text: string) => copyWith(root(), file, text)
  const withKeystore = async (
    file: string,
    text: string,
    work: (keystore: CaKeystore, lists: string) => Promise<unknown>,
  ) => {
    const { keystore: directory, passphrase, directory: place } = await copy(file, text)
    const lists = join(place, 'lists')
    await mkdir(lists, { mode: 0o700 }).catch(() => undefined)
    await using keystore = await openCaKeystore({ directory, passphrase: heldIn(passphrase) })
    await work(keystore, lists)
  }
  const openKey: FormatReader = async (format) => {
    const text = `rekey ca-key ${format}\n${VALUE}\n`
    const { keystore: directory, passphrase } = await copy('keystore/ca.key', text)
    await openCaKeystore({ directory, passphrase: heldIn(passphrase) })
  }
  const inspectKey: FormatReader = async (format) => {
    const text = `rekey ca-key ${format}\n${VALUE}\n`
    const { problems } = await inspectKeystore({
      directory: (await copy('keystore/ca.key', text)).keystore,
    })
    throw problems[0] ?? new Error('it was read')
  }
  const readToken: FormatReader = async (format) => {
    const text = `rekey ca-token ${format}\n${VALUE}\n`
    const { keystore } = await copy('keystore/ca.token', text)
    await rm(join(keystore, 'ca.key'))
    await readGenerations(keystore)
  }
  const readManifest: FormatReader = async (format) => {
    await readBackup((await copy('backup/manifest.json', statement(format))).backup)
  }
  const readDrill: FormatReader = async (format) => {
    const { keystore } = await copy('unused', '')
    const certificate = await readFile(join(keystore, 'ca.crt'), 'utf8')
    verifyDrillReport({ text: statement(format), certificate })
  }
  const openRegister: FormatReader = (format) =>
    withKeystore('unused', '', async (keystore, directory) => {
      await (await openCrlPublisher({ keystore, directory })).close()
      await writeFile(join(directory, 'revocations.json'), statement(format), { mode: 0o600 })
      await openCrlPublisher({ keystore, directory })
    })
  const openListState: FormatReader = (format) =>
    withKeystore('keystore/crl.state', statement(format), (keystore, directory) =>
      openCrlPublisher({ keystore, directory }),
    )
  const readRequest: FormatReader = (format) =>
    withKeystore('unused', '', async (keystore, directory) => {
      await using lists = await openRevocationLists({ keystores: [keystore], directory })
      const request = JSON.stringify({ format, serial: VALUE })
      await writeFile(join(directory, `requests/${SERIAL}.json`), request, { mode: 0o600 })
      await lists.renew()
    })
  const readRotation: FormatReader = async (format) => {
    const text = JSON.stringify({ format, text: VALUE })
    await readGenerations((await copy('keystore/rotation.json', text)).keystore)
  }
  const readHead: FormatReader = async (format) => {
    const { keystore } = await copy('keystore/biography.head', statement(format))
    await readBiography({ directory: keystore })
  }
  const readAuthority: FormatReader = (format) => {
    parseEscrowSet(statement(format))
  }
  const readSet: FormatReader = async (format) => {
    const { escrow } = await copy('unused', '')
    parseEscrowSet(`${escrow.split('\n').slice(0, 2).join('\n')}\n${statement(format)}`)
  }
  const readCheck: FormatReader = async (format) => {
    const { keystore } = await copy('unused', '')
    await recordShareCheck({ directory: keystore, statement: statement(format) })
  }
  const readShare: FormatReader = async (format) => {
    const { escrow, share } = await copy('unused', '')
    checkShare({ escrow, share: { name: 'alice', text: shareOf(format, share) } })
  }
  return {
    'ca-key': [openKey, inspectKey],
    'ca-token': [readToken],
    'backup manifest': [readManifest],
    'drill report': [readDrill],
    'revocation register': [openRegister],
    'list state': [openListState],
    'revocation request': [readRequest],
    'ca-rotation': [readRotation],
    'biography head': [readHead],
    'escrow set': [readAuthority, readSet],
    'share check': [readCheck],
    share: [readShare],
  } satisfies Record<string, readonly FormatReader[]>
}
