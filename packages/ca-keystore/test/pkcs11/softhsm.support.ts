import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto'
import process from 'node:process'
import { Secret } from '@rekey/secret'
import { findForTest, openSoftHsm, type SoftHsm } from '@rekey/testbed'
import { afterAll } from 'vitest'

export const softhsm = await findForTest('softhsm2')

let opened: SoftHsm | undefined
afterAll(() => {
  opened?.[Symbol.dispose]()
})

/** The place of all tokens of this process, whose library asks its environment for it. */
function place(): SoftHsm {
  opened ??= openSoftHsm(softhsm.path)
  Object.assign(process.env, opened.env)
  return opened
}

/** A PIN that no token has yet. */
export function newPin(): Secret {
  return Secret.of(String(randomInt(1e11, 1e12)), 'PIN')
}

/** A fresh token of SoftHSM, which keeps it in files of this test. */
export function newToken() {
  const token = randomBytes(6).toString('hex')
  const pin = newPin()
  initialise(token, pin)
  return { module: place().module, token, pin }
}

/** Makes a token. */
export function initialise(label: string, pin: Secret): void {
  place().initialise({ label, pin: pin.expose() })
}

/** Takes a token away for good. */
export function removeToken(token: string): void {
  place().remove(token)
}

/** Puts a key that was made outside into a token. */
export function importKey(
  { token, pin }: { token: string; pin: Secret },
  id: string,
  label = id,
): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = String(privateKey.export({ format: 'pem', type: 'pkcs8' }))
  place().importKey({ label: token, pin: pin.expose() }, { id, label, pem })
}
