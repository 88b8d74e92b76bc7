import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import {
  chmod,
  chown,
  copyFile,
  link,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { basename, join } from 'node:path'
import { inspect } from 'node:util'
import { createFakeClock, Secret, type StagedSecret } from '@rekey/secret'
import { createLiveSecret } from '@rekey/secret/internal'
import { expect, it } from 'vitest'
import {
  days,
  derivedKeys,
  failureOf,
  freshPath,
  newIntermediate,
  newPassphrase,
  newRoot,
  orderFor,
  openHeld,
} from '../test/ca.support.ts'
import { createCa, openCaKeystore } from './index.ts'
import type { PassphraseVersion } from './internal.ts'

const MKFIFO = 'mkfifo'
const shared = await newRoot()

/** A copy of the shared root, to be damaged. */
async function copyOfRoot() {
  const directory = freshPath()
  await mkdir(directory, { mode: 0o700 })
  for (const name of ['ca.key', 'ca.crt']) {
    await copyFile(join(shared.directory, name), join(directory, name))
  }
  const [key, certificate] = [join(directory, 'ca.key'), join(directory, 'ca.crt')]
  return { directory, key, certificate, passphrase: shared.passphrase }
}

type Copy = Awaited<ReturnType<typeof copyOfRoot>>

function staged(values: Partial<Record<'current' | 'pending' | 'previous', Secret>>): StagedSecret {
  const versions = Object.entries(values).map(([stage, value]) => [
    stage,
    {
      ...{ name: 'CA_PASSPHRASE_SIGNING', version: stage, stage, value, sensitive: [value] },
      origin: { kind: 'environment' },
    },
  ])
  return {
    name: 'CA_PASSPHRASE_SIGNING',
    revision: '1',
    ...Object.fromEntries(versions),
  } as StagedSecret
}

it('K1: says the same of a wrong passphrase and of a damaged key', async () => {
  const copy = await copyOfRoot()
  const wrong = newPassphrase()
  const first = await failureOf(() => openHeld({ ...copy, passphrase: wrong }), [wrong.expose()])
  const text = await readFile(copy.key, 'utf8')
  await writeFile(
    copy.key,
    text.replace(/"mac":"./, (start) =>
      start.endsWith('A') ? start.replace(/A$/, 'B') : start.replace(/.$/, 'A'),
    ),
  )
  const second = await failureOf(() => openHeld(copy), [copy.passphrase.expose()])
  expect(first).toMatchObject({ code: 'rejected', details: { reason: 'unlock' } })
  expect(second).toEqual(first)
})

it('tries every version of a live passphrase, and counts the one that fits', async () => {
  const previous = shared.passphrase
  const live = createLiveSecret(staged({ current: newPassphrase(), previous }))
  await openCaKeystore({ directory: shared.directory, passphrase: live })
  expect(live.usage.report().versions).toMatchObject([{ version: 'previous', uses: 1 }])
  const wrong = createLiveSecret(staged({ current: newPassphrase() }))
  const error = await failureOf(() => openCaKeystore({ ...shared, passphrase: wrong }))
  expect(error).toMatchObject({ code: 'rejected' })
})

const unsafe: Record<string, readonly [damage: (copy: Copy) => unknown, code: string]> = {
  'K11: a key the group may read': [({ key }) => chmod(key, 0o640), 'refused'],
  'K11: a key the world may read': [({ key }) => chmod(key, 0o604), 'refused'],
  'K11: a certificate others may write': [
    ({ certificate }) => chmod(certificate, 0o666),
    'refused',
  ],
  'K11: a directory others may enter': [({ directory }) => chmod(directory, 0o755), 'refused'],
  'K10: a key that is a symbolic link': [
    async ({ key, directory }) => {
      await rename(key, join(directory, 'other'))
      await symlink('other', key)
    },
    'refused',
  ],
  'K10: a key with a second name': [({ key }) => link(key, freshPath()), 'refused'],
  'K10: a key that is a directory': [
    async ({ key }) => {
      await rm(key)
      await mkdir(key, { mode: 0o600 })
    },
    'refused',
  ],
  'K10: a key that is a FIFO': [
    async ({ key }) => {
      await rm(key)
      execFileSync(MKFIFO, ['-m', '600', key])
    },
    'refused',
  ],
  'K17: no key': [({ key }) => rm(key), 'missing'],
  'K17: no certificate': [({ certificate }) => rm(certificate), 'missing'],
  'no directory': [({ directory }) => rm(directory, { recursive: true }), 'missing'],
  'a key file of 65 KiB': [({ key }) => writeFile(key, 'A'.repeat(65 * 1024)), 'malformed'],
  'an empty key file': [({ key }) => writeFile(key, ''), 'malformed'],
  'an empty certificate file': [({ certificate }) => writeFile(certificate, ''), 'malformed'],
  'K16: a key that is not encrypted': [
    ({ key }) => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      return writeFile(key, privateKey.export({ format: 'pem', type: 'pkcs8' }))
    },
    'malformed',
  ],
  'K16: a key as Node.js encrypts it, with 2,048 iterations': [
    ({ key, passphrase }) => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const cipher = { cipher: 'aes-256-cbc', passphrase: passphrase.expose() }
      return writeFile(key, privateKey.export({ format: 'pem', type: 'pkcs8', ...cipher }))
    },
    'malformed',
  ],
}

it.each(Object.entries(unsafe))('refuses %s, and says what to do', async (_, [damage, code]) => {
  const copy = await copyOfRoot()
  await damage(copy)
  const error = await failureOf(() => openHeld(copy), [copy.passphrase.expose()])
  expect(error).toMatchObject({ code })
  expect(error.message).toMatch(/; (?:restore|chmod|put|remove|give|make)/)
})

it.skipIf(process.geteuid?.() !== 0).each(['key', 'certificate', 'directory'] as const)(
  'K11: refuses a %s of another user',
  async (name) => {
    const copy = await copyOfRoot()
    await chown(copy[name], 65_534, 65_534)
    expect(await failureOf(() => openHeld(copy))).toMatchObject({
      code: 'refused',
      details: { path: copy[name] },
    })
  },
)

it('K10: refuses a directory that is, or is reached through, a symbolic link', async () => {
  const { directory, passphrase } = await copyOfRoot()
  const above = freshPath()
  await mkdir(above)
  await rename(directory, join(above, 'ca'))
  const [direct, through] = [freshPath(), freshPath()]
  await symlink(join(above, 'ca'), direct)
  await symlink(above, through)
  for (const name of [direct, `${direct}/`, `${direct}/.`, join(through, 'ca')]) {
    const error = await failureOf(() => openHeld({ directory: name, passphrase }))
    expect(error).toMatchObject({ code: 'refused' })
  }
})

/** The passphrase in a file, as a source reports it that was given `path`. */
async function readFrom(path: string, value: Secret): Promise<PassphraseVersion> {
  const { dev, ino } = await stat(path, { bigint: true })
  const [device, inode] = [dev.toString(), ino.toString()]
  return { value, origin: { kind: 'file', path, device, inode } }
}

const besideTheKey: Record<string, (copy: Copy) => Promise<string>> = {
  'in its directory': async ({ directory, passphrase }) => {
    const path = join(directory, 'passphrase')
    await writeFile(path, passphrase.expose())
    return path
  },
  'in a folder of it': async ({ directory, passphrase }) => {
    await mkdir(join(directory, 'private'))
    const path = join(directory, 'private', 'passphrase')
    await writeFile(path, passphrase.expose())
    return path
  },
  'in a file with a second name in it (a hard link)': async ({ directory, passphrase }) => {
    const path = freshPath()
    await writeFile(path, passphrase.expose())
    await mkdir(join(directory, 'private'))
    await link(path, join(directory, 'private', 'other'))
    return path
  },
  'behind a symbolic link into it': async ({ directory, passphrase }) => {
    const path = freshPath()
    await writeFile(join(directory, 'passphrase'), passphrase.expose())
    await symlink(join(directory, 'passphrase'), path)
    return path
  },
  'below a directory that is a symbolic link into it': async ({ directory, passphrase }) => {
    const above = freshPath()
    await writeFile(join(directory, 'passphrase'), passphrase.expose())
    await symlink(directory, above)
    return join(above, 'passphrase')
  },
  'in a file that a symbolic link in it leads to': async ({ directory, passphrase }) => {
    const path = freshPath()
    await writeFile(path, passphrase.expose())
    await symlink(path, join(directory, 'passphrase'))
    return path
  },
}

it.each(Object.entries(besideTheKey))(
  'K12: does not open with a passphrase that lies %s',
  async (_, place) => {
    const copy = await copyOfRoot()
    const passphrase = await readFrom(await place(copy), copy.passphrase)
    const { directory } = copy
    for (const given of [directory, `${directory}/`, `${directory}/../${basename(directory)}`]) {
      const error = await failureOf(
        () => openCaKeystore({ directory: given, passphrase }),
        [copy.passphrase.expose()],
      )
      expect(error).toMatchObject({ code: 'refused', details: { reason: 'passphrase-beside-key' } })
    }
  },
)

it('K12: opens where a new file of the keystore has the number that the file of the passphrase had before it was replaced', async () => {
  const { directory, passphrase } = await copyOfRoot()
  const [path, next] = [freshPath(), freshPath()]
  for (const each of [path, next]) await writeFile(each, passphrase.expose())
  const read = await readFrom(path, passphrase)
  await link(path, join(directory, 'a-new-file'))
  await rename(next, path)
  await using keystore = await openCaKeystore({ directory, passphrase: read })
  expect(keystore).toBeDefined()
})

it('K12: opens with a passphrase that lies in another directory, beside the keystore or elsewhere', async () => {
  const { directory, passphrase } = await copyOfRoot()
  for (const path of [freshPath(), `${directory}.passphrase`]) {
    await writeFile(path, passphrase.expose())
    await openCaKeystore({ directory, passphrase: await readFrom(path, passphrase) })
  }
})

it('K12: does not open with a passphrase whose source does not report where it was read', async () => {
  const { directory, passphrase } = await copyOfRoot()
  const error = await failureOf(() =>
    openCaKeystore({ directory, passphrase: { value: passphrase } }),
  )
  expect(error).toMatchObject({ code: 'refused', details: { reason: 'passphrase-origin' } })
  expect(error.message).toContain('NAME_FILE')
})

it('K8, K17: refuses the key of one CA with the certificate of another', async () => {
  const copy = await copyOfRoot()
  const directory = freshPath()
  await createCa({ directory, passphrase: copy.passphrase, commonName: 'Test Root CA' })
  await copyFile(join(directory, 'ca.key'), copy.key)
  const error = await failureOf(() => openHeld(copy))
  expect(error).toMatchObject({ code: 'refused', details: { reason: 'pair' } })
})

it('K17: refuses a certificate that is no CA, a cut chain, and one out of order', async () => {
  const { ca, directory, passphrase, root } = await newIntermediate('ed25519')
  const { certificate } = await ca.issueCertificate(orderFor())
  const file = join(directory, 'ca.crt')
  for (const chain of [
    certificate + ca.chain,
    ca.certificate,
    root.certificate + ca.certificate,
    ca.certificate + shared.ca.certificate,
  ]) {
    await writeFile(file, chain)
    const error = await failureOf(() => openHeld({ directory, passphrase }))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'ca-certificate' } })
  }
  await writeFile(file, `${ca.chain}trailing`)
  expect(await failureOf(() => openHeld({ directory, passphrase }))).toMatchObject({
    code: 'malformed',
  })
})

it('K17: refuses to open before its certificate is valid and after it has expired', async () => {
  for (const shift of [-days(2), days(3654)]) {
    const clock = createFakeClock(Date.now() + shift)
    const error = await failureOf(() => openHeld({ ...shared, clock }))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'validity' } })
  }
})

it('shows nothing of itself but its name, and has no way to its key', async () => {
  const ca = await openHeld(shared)
  const shown = [inspect(ca, { depth: 9, showHidden: true }), JSON.stringify(ca), String(ca)]
  expect(new Set(shown.map((text) => text.replaceAll('"', '')))).toEqual(
    new Set(['[CA keystore CN=Test Root CA G1]']),
  )
  const plain = inspect(ca, { customInspect: false, showHidden: true, depth: 9 })
  expect(plain).not.toMatch(/PrivateKey|signer/i)
  expect(Object.keys(ca)).toEqual(['certificate', 'chain', 'name', 'notAfter'])
})

it('signs nothing after it was closed', async () => {
  const ca = await openHeld(shared)
  await ca.close()
  expect(await failureOf(() => ca.issueCertificate(orderFor()))).toMatchObject({ code: 'disposed' })
})

it('keeps the main thread free while it opens', async () => {
  let turns = 0
  derivedKeys.forget()
  const count = setInterval(() => (turns += 1), 5)
  await openHeld(shared)
  clearInterval(count)
  expect(turns).toBeGreaterThan(3)
})
