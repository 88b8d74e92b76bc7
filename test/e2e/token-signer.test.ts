import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type CertificateOrder,
  openCrlPublisher,
  readBiography,
  createPkcs11Ca,
} from '@rekey/ca-keystore'
import {
  generatePassphrase,
  parseCrl,
  openCa,
  createSigningRequest,
} from '@rekey/ca-keystore/internal'
import { type CaSignerEvent, createCaSigner } from '@rekey/ca-keystore/signer'
import type { Secret } from '@rekey/secret'
import { findForTest, openSoftHsm, runCompiled, type SoftHsm } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

const softhsm = await findForTest('softhsm2')
const UNLOCK = new URL('./unlock-main.ts', import.meta.url)
const execArgv = runCompiled('').slice(0, 1)
const DAY_MS = 86_400_000

describe.runIf(softhsm.found)('a signer process over a PKCS#11 token', { timeout: 60_000 }, () => {
  let hsm: SoftHsm
  let base: string
  let tokens = 0
  beforeAll(async () => {
    base = await mkdtemp(join(await realpath(tmpdir()), 'rekey-token-'))
    hsm = openSoftHsm(softhsm.path)
    Object.assign(process.env, hsm.env)
    // SoftHSM looks for tokens once in each process, which here creates all CAs.
    for (const label of ['0', '1', '2', '3', '4']) {
      const pin = generatePassphrase()
      hsm.initialise({ label, pin: pin.expose() })
      pins.push(pin)
    }
  })
  afterAll(async () => {
    hsm[Symbol.dispose]()
    await rm(base, { recursive: true })
  })

  const pins: Secret[] = []

  /** A CA in a token of its own, and the file of its PIN. */
  async function newCa() {
    const label = String(tokens++)
    const pin = pins[Number(label)] ?? generatePassphrase()
    const [directory, pinFile] = [join(base, `ca-${label}`), join(base, `pin-${label}`)]
    await writeFile(pinFile, pin.expose(), { mode: 0o600 })
    const { module } = hsm
    const commonName = 'Token CA'
    await (await createPkcs11Ca({ directory, module, token: label, pin, commonName })).close()
    return { directory, pin, pinFile }
  }

  function create(pinFile: string) {
    const events: CaSignerEvent[] = []
    const ca = createCaSigner({
      unlocker: { file: UNLOCK, env: { PASSPHRASE_FILE: pinFile }, execArgv },
      token: { module: hsm.module, env: hsm.env },
      onEvent: (event) => events.push(event),
    })
    onTestFinished(() => ca.close())
    return { ca, events }
  }

  async function unsealed() {
    const place = await newCa()
    const created = create(place.pinFile)
    await created.ca.unseal(place.directory)
    return { ...place, ...created }
  }

  it('issues certificates and lists, seals when it is killed, and unseals itself', async () => {
    const { ca, events } = await unsealed()
    const { certificate, serial, notAfter } = await ca.issueCertificate(orderFor())
    expect(new X509Certificate(certificate).checkIssued(new X509Certificate(ca.certificate))).toBe(
      true,
    )
    const directory = join(base, 'lists')
    await mkdir(directory)
    const publisher = await openCrlPublisher({ keystore: ca, directory })
    await publisher.revoke({ serial, notAfter, reason: 'keyCompromise' })
    await publisher.close()
    const published = parseCrl(readFileSync(join(directory, 'crl.pem'), 'utf8'), ca.chain)
    expect(published.revoked).toMatchObject([{ serial }])
    process.kill(ca.pid ?? 0, 'SIGKILL')
    await until(() => ca.state === 'sealed')
    await expect(ca.issueCertificate(orderFor())).rejects.toMatchObject({
      details: { reason: 'sealed' },
    })
    await until(() => ca.state === 'unsealed')
    expect(events.map(({ type }) => type)).toEqual(['unsealed', 'sealed', 'unsealed'])
    await ca.issueCertificate(orderFor())
  })

  it('tries a wrong PIN once, and none after it until a person has logged in', async () => {
    const { directory, pin, pinFile } = await newCa()
    const unseal = () => create(pinFile).ca.unseal(directory)
    await writeFile(pinFile, generatePassphrase().expose())
    await expect(unseal()).rejects.toMatchObject({ code: 'rejected' })
    await expect(unseal()).rejects.toMatchObject({ details: { reason: 'pin-tries' } })
    await writeFile(pinFile, pin.expose())
    await expect(unseal()).rejects.toMatchObject({ details: { reason: 'pin-tries' } })
    const passphrase = { value: pin, origin: { kind: 'memory' } } as const
    await (await openCa({ directory, passphrase, module: hsm.module, attended: true })).close()
    await unseal()
  })

  it('stays sealed if the PIN was changed when it is killed, after one try', async () => {
    const { ca, events, directory, pinFile } = await unsealed()
    await writeFile(pinFile, generatePassphrase().expose())
    process.kill(ca.pid ?? 0, 'SIGKILL')
    await until(() => events.length >= 3)
    expect(events[2]).toMatchObject({ type: 'sealed', code: 'rejected' })
    // Longer than until the next attempt.
    await delay(5_000)
    expect(events).toHaveLength(3)
    const { entries } = await readBiography({ directory })
    expect(entries.filter(({ outcome }) => outcome === 'failed')).toHaveLength(1)
  })

  it('is sealed by a token that is taken out, and unseals itself when it is back', async () => {
    const { ca, events } = await unsealed()
    const putBack = hsm.takeOut()
    await expect(ca.issueCertificate(orderFor())).rejects.toMatchObject({ code: 'unreachable' })
    await until(() => ca.state === 'sealed')
    await until(() => events.length >= 3)
    expect(events[2]).toMatchObject({ type: 'sealed', code: 'missing' })
    putBack()
    await until(() => ca.state === 'unsealed')
    await ca.issueCertificate(orderFor())
  })

  it('does not open without the library of the token', async () => {
    const { directory, pinFile } = await newCa()
    const unlocker = { file: UNLOCK, env: { PASSPHRASE_FILE: pinFile }, execArgv }
    await using ca = createCaSigner({ unlocker })
    const failure = { code: 'refused', details: { reason: 'token' } }
    await expect(ca.unseal(directory)).rejects.toMatchObject(failure)
  })
})

function orderFor(): CertificateOrder {
  const { csr } = createSigningRequest({ commonName: 'ignored' })
  return {
    ...{ csr, profile: 'client', subject: { commonName: 'alice' }, validityMs: DAY_MS },
    subjectAltNames: [{ kind: 'email', value: 'alice@example.com' }],
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error('it did not come about')
    await delay(20)
  }
}
