// @lane servers
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { link, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { issueApiKey } from '@rekey/api-key-auth'
import { createCa } from '@rekey/ca-keystore'
import { Secret } from '@rekey/secret'
import { findFreePorts, runCompiled } from '@rekey/testbed'
import { issueNoteKey } from '@rekey/audit-log/transparency'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { identityFrom } from './service-fixture.ts'

const MAIN = fileURLToPath(new URL('../../services/signing/src/main.ts', import.meta.url))
const START_TIMEOUT_MS = 60_000

let base: string
let ca: string
const text = randomBytes(32).toString('base64url')
const keys: Record<string, string> = {
  API_KEY_FRONTEND_SIGNING: newKey(),
  API_KEY_SIGNING_CERTTRANSPARENCY: newKey(),
}

beforeAll(async () => {
  base = await mkdtemp(join(await realpath(tmpdir()), 'rekey-passphrase-'))
  ca = join(base, 'ca')
  const passphrase = Secret.of(text, 'CA_PASSPHRASE_SIGNING')
  await using opened = await createCa({ directory: ca, passphrase, commonName: 'Test CA' })
  keys['TLS_SIGNING'] = await identityFrom(opened, 'signing')
})
afterAll(() => rm(base, { recursive: true }))

function newKey(): string {
  return issueApiKey({ environment: 'prod' }).text.expose()
}

/** Starts signing in production, and gives what it printed once it is ready or has exited. */
async function startSigning(env: Record<string, string>) {
  const [port = 0, healthPort = 0] = await findFreePorts(2)
  const settings = { PORT: String(port), HEALTH_PORT: String(healthPort) }
  const child = spawn(process.execPath, runCompiled(MAIN), {
    env: {
      PATH: process.env['PATH'] ?? '',
      REKEY_ENVIRONMENT: 'production',
      CERTTRANSPARENCY_URL: 'https://127.0.0.1:9',
      LOG_VERIFIER_KEY: issueNoteKey('certtransparency/log').verifierKey,
      CA_DIRECTORY: ca,
      CRL_DIRECTORY: base,
      ...settings,
      ...keys,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  const exited = once(child, 'exit')
  const isReady = await untilReady(child, `http://127.0.0.1:${healthPort}/health/ready`)
  child.kill('SIGTERM')
  await exited
  return { isReady, stderr }
}

async function untilReady(child: ChildProcess, url: string): Promise<boolean> {
  const deadline = performance.now() + START_TIMEOUT_MS
  while (child.exitCode === null) {
    if (performance.now() > deadline) throw new Error('signing neither started nor exited')
    const answer = await fetch(url).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) return true
    await delay(50)
  }
  return false
}

async function fileAt(path: string): Promise<string> {
  await writeFile(path, text, { mode: 0o600 })
  return path
}

const places: Record<string, () => Promise<Record<string, string>>> = {
  'in a file of CA_DIRECTORY': async () => ({
    CA_PASSPHRASE_SIGNING_FILE: await fileAt(join(ca, 'passphrase')),
  }),
  'in a folder of CA_DIRECTORY': async () => {
    await mkdir(join(ca, 'private'), { mode: 0o700 })
    return { CA_PASSPHRASE_SIGNING_FILE: await fileAt(join(ca, 'private', 'passphrase')) }
  },
  'in a file that has a hard link in CA_DIRECTORY': async () => {
    const path = await fileAt(join(base, 'passphrase'))
    await link(path, join(ca, 'hard-link'))
    return { CA_PASSPHRASE_SIGNING_FILE: path }
  },
  'behind a symbolic link into CA_DIRECTORY': async () => {
    const path = join(base, 'link-to-passphrase')
    await symlink(await fileAt(join(ca, 'passphrase')), path)
    return { CA_PASSPHRASE_SIGNING_FILE: path }
  },
  'in CA_DIRECTORY, mounted as a whole': async () => {
    await fileAt(join(ca, 'CA_PASSPHRASE_SIGNING'))
    for (const [name, key] of Object.entries(keys)) await writeFile(join(ca, name), key)
    return {
      REKEY_SECRETS: `mount:${ca}`,
      API_KEY_FRONTEND_SIGNING: '',
      API_KEY_SIGNING_CERTTRANSPARENCY: '',
      TLS_SIGNING: '',
    }
  },
}

const LEFT = [
  'passphrase',
  'private',
  'hard-link',
  'CA_PASSPHRASE_SIGNING',
  'TLS_SIGNING',
  ...Object.keys(keys),
]

it.each(Object.entries(places))(
  'signing does not start in production with its passphrase beside its key: %s',
  async (_, place) => {
    const { isReady, stderr } = await startSigning(await place())
    for (const name of LEFT) await rm(join(ca, name), { recursive: true, force: true })
    expect(isReady).toBe(false)
    expect(stderr).toContain('CA_PASSPHRASE_SIGNING: refused')
    expect(stderr).toContain('lies beside the key')
    expect(stderr).not.toContain(text)
  },
)

it.each(['', '/', '/.'])(
  'signing does not start when CA_DIRECTORY is a symbolic link, written with "%s" at its end',
  async (end) => {
    const linked = join(base, `link${end.length}`)
    await symlink(ca, linked)
    const { isReady, stderr } = await startSigning({
      CA_DIRECTORY: linked + end,
      CA_PASSPHRASE_SIGNING_FILE: await fileAt(join(base, 'apart')),
    })
    expect(isReady).toBe(false)
    expect(stderr).toContain('symbolic link')
  },
)

it('signing starts in production with its passphrase in a file of another directory', async () => {
  const { isReady, stderr } = await startSigning({
    CA_PASSPHRASE_SIGNING_FILE: await fileAt(join(base, 'apart')),
  })
  expect({ isReady, stderr }).toMatchObject({ isReady: true })
})
