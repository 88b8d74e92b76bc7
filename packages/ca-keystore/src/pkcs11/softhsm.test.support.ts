import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { Secret } from '@rekey/secret'
import { findForTest } from '@rekey/testbed'
import { afterAll } from 'vitest'

export const softhsm = await findForTest('softhsm2')

const home = mkdtempSync(join(realpathSync(tmpdir()), 'softhsm-'))
afterAll(() => {
  rmSync(home, { recursive: true })
})

/** A PIN that no token has yet. */
export function newPin(): Secret {
  return Secret.of(String(randomInt(1e11, 1e12)), 'PIN')
}

/** A fresh token of SoftHSM, which keeps it in files of this test. */
export function newToken() {
  prepare()
  const token = randomBytes(6).toString('hex')
  const pin = newPin()
  initialise(token, pin)
  return { module: moduleOf(realpathSync(softhsm.path)), token, pin }
}

/** Makes a token. */
export function initialise(token: string, pin: Secret): void {
  const args = ['--init-token', '--free', '--label', token]
  util([...args, '--so-pin', newPin().expose(), '--pin', pin.expose()])
}

/** Takes a token away for good. */
export function removeToken(token: string): void {
  util(['--delete-token', '--token', token])
}

/** Puts a key that was made outside into a token. */
export function importKey({ token, pin }: { token: string; pin: Secret }, id: string): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const file = join(home, id)
  writeFileSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 })
  const args = ['--import', file, '--token', token, '--label', id, '--id', id]
  util([...args, '--pin', pin.expose()])
}

function util(args: readonly string[]): void {
  execFileSync(softhsm.path, args, { stdio: 'pipe' })
}

/** The library asks the environment of the process where its tokens are, once. */
function prepare(): void {
  const configuration = join(home, 'softhsm2.conf')
  if (process.env['SOFTHSM2_CONF'] === configuration) return
  mkdirSync(join(home, 'tokens'))
  writeFileSync(configuration, `directories.tokendir = ${join(home, 'tokens')}\n`)
  process.env['SOFTHSM2_CONF'] = configuration
}

/** Debian puts the library beside its programs. */
function moduleOf(program: string): string {
  return join(dirname(dirname(program)), 'lib', 'softhsm', 'libsofthsm2.so')
}
