// @lane servers
import { X509Certificate } from 'node:crypto'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  days,
  failureOf,
  freshPath,
  hasOpenssl,
  newPassphrase,
  openssl,
  orderFor,
} from '../../test/ca.support.ts'
import {
  openCaKeystore,
  readBiography,
  createPkcs11Ca,
  openPkcs11Ca,
  type NewPkcs11Ca,
} from '../index.ts'
import {
  changePassphrase,
  createBackup,
  createEscrow,
  encryptForRecovery,
  openCa,
} from '../internal.ts'
import {
  importKey,
  initialise,
  newPin,
  newToken,
  removeToken,
  softhsm,
} from '../../test/pkcs11/softhsm.support.ts'

const ALGORITHMS = ['ecdsa-p256', 'rsa-3072'] as const

async function newCa(more: Partial<NewPkcs11Ca> = {}, hsm = newToken()) {
  const directory = freshPath()
  const ca = await createPkcs11Ca({ directory, ...hsm, commonName: 'HSM Root', ...more })
  return { directory, hsm, ca }
}

/** The id of the key that a reference names. */
function objectIn(reference: string): string {
  return (JSON.parse(reference.split('\n')[1] ?? '') as { object: string }).object
}

describe.runIf(softhsm.found)('a CA whose key is in a PKCS#11 token', () => {
  it.each(ALGORITHMS)(
    'of %s issues certificates that verify, also once opened again',
    async (algorithm) => {
      const { directory, hsm, ca } = await newCa({ algorithm })
      await ca.close()
      await using again = await openPkcs11Ca({ directory, ...hsm })
      const orders = Array.from({ length: 20 }, () => again.issueCertificate(orderFor()))
      const issued = await Promise.all(orders)
      const authority = new X509Certificate(again.certificate)
      for (const { certificate } of issued) {
        expect(new X509Certificate(certificate).verify(authority.publicKey)).toBe(true)
      }
      expect(new Set(issued.map(({ serial }) => serial)).size).toBe(20)
    },
  )

  it.runIf(hasOpenssl)(
    'passes the strict check of OpenSSL, and its revocation list as well',
    async () => {
      const { ca } = await newCa()
      await using open = ca
      const { certificate } = await open.issueCertificate(orderFor())
      const crl = await open.issueCrl({ number: 1n, validityMs: days(1), revoked: [] })
      const directory = freshPath()
      const { mkdir } = await import('node:fs/promises')
      await mkdir(directory)
      const path = join(directory, 'trust.pem')
      await writeFile(path, open.certificate + crl.crl)
      const { stdout, stderr } = openssl(
        ['verify', '-x509_strict', '-crl_check', '-CAfile', path, '-CRLfile', path],
        certificate,
      )
      expect(stderr + stdout).toContain('OK')
    },
  )

  it('signs an intermediate whose key is in a token too', async () => {
    // SoftHSM looks for tokens once, when the first CA is opened.
    const below = newToken()
    const root = await newCa()
    const { ca } = await newCa({ parent: root.ca, commonName: 'HSM Issuing' }, below)
    expect(ca.chain).toBe(ca.certificate + root.ca.chain)
    await ca.close()
    await root.ca.close()
  })

  it('leaves nothing to read in its directory but certificate and reference', async () => {
    const { directory, ca, hsm } = await newCa()
    await ca.close()
    const text = await readFile(join(directory, 'ca.token'), 'utf8')
    expect(text).not.toContain(hsm.pin.expose())
    expect(text.split('\n')).toHaveLength(4)
    await expect(readFile(join(directory, 'ca.key'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('refuses a wrong PIN without showing it, and tries none after it until a person has logged in', async () => {
    const { directory, hsm, ca } = await newCa()
    await ca.close()
    const wrong = newPin()
    const error = await failureOf(
      () => openPkcs11Ca({ directory, ...hsm, pin: wrong }),
      [wrong.expose(), hsm.pin.expose()],
    )
    expect(error).toMatchObject({ code: 'rejected', details: { reason: 'CKR_PIN_INCORRECT' } })
    const again = await failureOf(() => openPkcs11Ca({ directory, ...hsm }))
    expect(again).toMatchObject({ code: 'forbidden', details: { reason: 'pin-tries' } })
    await (await openPkcs11Ca({ directory, ...hsm, attended: true })).close()
    await (await openPkcs11Ca({ directory, ...hsm })).close()
  })

  it('is missing where its library, its token or its key is', async () => {
    const { directory, hsm, ca } = await newCa()
    await ca.close()
    const noModule = await failureOf(() => openPkcs11Ca({ directory, ...hsm, module: '/dev/null' }))
    expect(noModule).toMatchObject({ code: 'missing', details: { reason: 'pkcs11-module' } })
    removeToken(hsm.token)
    const token = await failureOf(() => openPkcs11Ca({ directory, ...hsm }))
    expect(token).toMatchObject({ code: 'missing', details: { reason: 'token' } })
    initialise(hsm.token, hsm.pin)
    const key = await failureOf(() => openPkcs11Ca({ directory, ...hsm }))
    expect(key).toMatchObject({ code: 'missing', details: { reason: 'token-key' } })
  })

  it('has a biography that counts what opened it and what failed to', async () => {
    const { directory, hsm, ca } = await newCa()
    await ca.close()
    await failureOf(() => openPkcs11Ca({ directory, ...hsm, pin: newPin() }))
    await (await openPkcs11Ca({ directory, ...hsm, attended: true })).close()
    const { verdict, entries } = await readBiography({ directory })
    expect(verdict).toMatchObject({ ok: true })
    const events = entries.map(({ action, outcome }) => `${action} ${outcome}`)
    expect(events).toEqual(['create succeeded', 'unlock failed', 'unlock succeeded'])
  })

  it('refuses a key that was made outside of the token', async () => {
    const { directory, hsm, ca } = await newCa()
    await ca.close()
    const object = objectIn(await readFile(join(directory, 'ca.token'), 'utf8'))
    removeToken(hsm.token)
    initialise(hsm.token, hsm.pin)
    importKey(hsm, object)
    const error = await failureOf(() => openPkcs11Ca({ directory, ...hsm }))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'extractable' } })
  })

  it.each([
    ['a policy edited by hand', (text: string) => text.replace('"server",', ''), 'refused'],
    [
      'another key id',
      (text: string) => text.replace(/(?<="object":")./, (one) => (one === '0' ? '1' : '0')),
      'refused',
    ],
    ['a member more', (text: string) => text.replace('{', '{"x":1,'), 'malformed'],
    ['a line less', (text: string) => text.split('\n').slice(0, 2).join('\n'), 'malformed'],
    ['nothing', () => '', 'malformed'],
  ])('K7 refuses a reference with %s', async (_, edit, code) => {
    const { directory, hsm, ca } = await newCa()
    await ca.close()
    const path = join(directory, 'ca.token')
    await writeFile(path, edit(await readFile(path, 'utf8')))
    expect(await failureOf(() => openPkcs11Ca({ directory, ...hsm }))).toMatchObject({ code })
  })

  it('K8 refuses the reference of another CA beside its certificate', async () => {
    const one = await newCa()
    await one.ca.close()
    const other = await newCa()
    await other.ca.close()
    const foreign = await readFile(join(other.directory, 'ca.token'))
    await writeFile(join(one.directory, 'ca.token'), foreign)
    const error = await failureOf(() => openPkcs11Ca({ directory: one.directory, ...one.hsm }))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'pair' } })
  })

  it('K11 refuses a directory that others can use', async () => {
    const { directory, hsm, ca } = await newCa()
    await ca.close()
    await chmod(directory, 0o755)
    const error = await failureOf(() => openPkcs11Ca({ directory, ...hsm }))
    expect(error.details).toMatchObject({ reason: 'unsafe-file' })
  })

  it('refuses two tokens of one label', async () => {
    const { directory, hsm, ca } = await newCa()
    await ca.close()
    initialise(hsm.token, hsm.pin)
    const error = await failureOf(() => openPkcs11Ca({ directory, ...hsm }))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'token' } })
  })

  it('makes no second key of one name, and none at all where the directory is taken', async () => {
    const { directory, hsm, ca } = await newCa()
    await ca.close()
    const create = (more: Partial<NewPkcs11Ca>) => () =>
      createPkcs11Ca({ directory: freshPath(), ...hsm, commonName: 'HSM Root', ...more })
    expect(await failureOf(create({}))).toMatchObject({ code: 'conflict' })
    expect(await failureOf(create({ directory, generation: 2 }))).toMatchObject({
      code: 'conflict',
    })
    await (await create({ generation: 2 })()).close()
  })

  it('destroys the key that it made where the CA cannot be certified', async () => {
    const hsm = newToken()
    const attempt = (validityMs: number) => () =>
      createPkcs11Ca({ directory: freshPath(), ...hsm, commonName: 'Once More', validityMs })
    expect(await failureOf(attempt(-1))).toMatchObject({ code: 'refused' })
    await (await attempt(days(365))()).close()
  })

  it('opens its own key where the token has another one of its name, and refuses two of its id', async () => {
    const { directory, hsm, ca } = await newCa()
    await ca.close()
    const id = objectIn(await readFile(join(directory, 'ca.token'), 'utf8'))
    importKey(hsm, '00ff', 'HSM Root G1')
    await (await openPkcs11Ca({ directory, ...hsm })).close()
    importKey(hsm, id, 'HSM Root G1')
    const error = await failureOf(() => openPkcs11Ca({ directory, ...hsm }))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'token-key' } })
  })

  it('opens by openCa as a key file does, by its current PIN alone', async () => {
    const { directory, hsm, ca } = await newCa()
    await ca.close()
    const { module, pin } = hsm
    const origin = { kind: 'memory' } as const
    const opened: string[] = []
    const candidate = (name: string, value = pin) => {
      return { value, origin, used: () => opened.push(name) }
    }
    const passphrase = [candidate('current'), candidate('previous', newPin())]
    await (await openCa({ directory, module, passphrase })).close()
    expect(opened).toEqual(['current'])
    const without = await failureOf(() => openCa({ directory, passphrase }))
    expect(without).toMatchObject({ code: 'refused', details: { reason: 'token' } })
    const swapped = passphrase.toReversed()
    const wrong = await failureOf(() => openCa({ directory, module, passphrase: swapped }))
    expect(wrong).toMatchObject({ code: 'rejected' })
    expect(opened).toEqual(['current'])
  })

  it('K12 takes no PIN from a file beside the reference', async () => {
    const { directory, hsm, ca } = await newCa()
    await ca.close()
    const path = join(directory, 'pin')
    await writeFile(path, hsm.pin.expose(), { mode: 0o600 })
    const { dev, ino } = await stat(path, { bigint: true })
    const origin = { kind: 'file', path, device: String(dev), inode: String(ino) } as const
    const passphrase = { value: hsm.pin, origin }
    const error = await failureOf(() => openCa({ directory, module: hsm.module, passphrase }))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'passphrase-beside-key' } })
  })

  it('refuses with a reason what takes the bytes of a key: a passphrase, a copy, a backup, an escrow', async () => {
    const { directory, ca } = await newCa()
    await ca.close()
    const own = newPassphrase()
    const place = { directory, passphrase: { value: own, origin: { kind: 'memory' } } } as const
    const deliver = () => Promise.resolve()
    for (const attempt of [
      () => openCaKeystore(place),
      () => changePassphrase({ ...place, replacement: own }),
      () => encryptForRecovery({ ...place, recoveryPassphrase: own }),
      () => createBackup({ ...place, backupPassphrase: newPassphrase(), out: freshPath() }),
      () => createEscrow({ ...place, threshold: 2, holders: ['Alice', 'Bob'], deliver }),
    ]) {
      const error = await failureOf(attempt)
      expect(error).toMatchObject({ code: 'refused', details: { reason: 'token' } })
    }
  })

  it('refuses a directory that has a key file beside its reference', async () => {
    const { directory, hsm, ca } = await newCa()
    await ca.close()
    await writeFile(join(directory, 'ca.key'), '', { mode: 0o600 })
    const passphrase = { value: hsm.pin, origin: { kind: 'memory' } } as const
    const error = await failureOf(() => openCa({ directory, module: hsm.module, passphrase }))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'pair' } })
  })

  it('signs nothing once it is closed', async () => {
    const { ca } = await newCa()
    await ca.close()
    expect(await failureOf(() => ca.issueCertificate(orderFor()))).toMatchObject({
      code: 'disposed',
    })
  })
})
