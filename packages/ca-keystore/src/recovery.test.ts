import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  failureOf,
  freshPath,
  hasOpenssl,
  KEY_FAMILIES,
  newPassphrase,
  newRoot,
  openHeld,
  openssl,
} from '../test/ca.support.ts'
import { encryptForRecovery } from './internal.ts'

const held = (value: ReturnType<typeof newPassphrase>) =>
  ({ value, origin: { kind: 'memory' } }) as const

it.skipIf(!hasOpenssl).each(KEY_FAMILIES)(
  'writes a copy of a %s key that stock openssl opens with the passphrase alone',
  async (algorithm) => {
    const { directory, passphrase, ca } = await newRoot(algorithm)
    const recoveryPassphrase = newPassphrase()
    const pem = await encryptForRecovery({
      ...{ directory, passphrase: held(passphrase), recoveryPassphrase },
    })
    const file = freshPath()
    await writeFile(file, pem)
    const args = ['pkey', '-in', file, '-passin', 'stdin', '-pubout']
    const { publicKey } = new X509Certificate(ca.certificate)
    expect(openssl(args, recoveryPassphrase.expose()).stdout).toBe(
      publicKey.export({ format: 'pem', type: 'spki' }),
    )
    expect(openssl(args, passphrase.expose()).status).not.toBe(0)
    const { stdout } = openssl(['asn1parse', '-in', file], '')
    expect(stdout).toMatch(
      /PBES2[\s\S]*PBKDF2[\s\S]*:0927C0[\s\S]*hmacWithSHA256[\s\S]*aes-256-cbc/,
    )
  },
)

it('K16: opens no keystore whose key is the copy for recovery', async () => {
  const { directory, passphrase } = await newRoot()
  const pem = await encryptForRecovery({
    ...{ directory, passphrase: held(passphrase), recoveryPassphrase: passphrase },
  })
  await writeFile(join(directory, 'ca.key'), pem)
  expect(await failureOf(() => openHeld({ directory, passphrase }))).toMatchObject({
    code: 'malformed',
  })
})

it('writes no copy for a wrong passphrase', async () => {
  const { directory } = await newRoot()
  const wrong = newPassphrase()
  const options = { directory, passphrase: held(wrong), recoveryPassphrase: newPassphrase() }
  const error = await failureOf(() => encryptForRecovery(options), [wrong.expose()])
  expect(error).toMatchObject({ code: 'rejected' })
})
