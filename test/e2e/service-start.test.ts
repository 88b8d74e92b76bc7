// @lane servers
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { runCompiled } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'

async function start(service: string, env: Record<string, string>) {
  const main = fileURLToPath(new URL(`../../services/${service}/src/main.ts`, import.meta.url))
  const child = spawn(process.execPath, runCompiled(main), {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [stderr, [code]] = await Promise.all([
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ])
  return { stderr, code }
}

async function envFile(content: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-service-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, '.env')
  await writeFile(path, content, { mode: 0o600 })
  return path
}

it.each([
  [
    'frontend',
    [
      'DATABASE_FRONTEND',
      'OIDC_CLIENT_SECRET_FRONTEND',
      'API_KEY_FRONTEND_SIGNING',
      'TLS_FRONTEND',
      'INTEGRATION_FRONTEND_NOTICES',
      'SIGNING_SECRET_FRONTEND_SESSION',
      'CA_CERTIFICATES_FILE',
      'LOG_VERIFIER_KEY',
      'OIDC_ISSUER',
    ],
  ],
  [
    'signing',
    [
      'API_KEY_FRONTEND_SIGNING',
      'API_KEY_SIGNING_CERTTRANSPARENCY',
      'CA_PASSPHRASE_SIGNING',
      'TLS_SIGNING',
      'CA_DIRECTORY',
      'CRL_DIRECTORY',
      'LOG_VERIFIER_KEY',
    ],
  ],
  [
    'certtransparency',
    [
      'DATABASE_CERTTRANSPARENCY',
      'API_KEY_SIGNING_CERTTRANSPARENCY',
      'TLS_CERTTRANSPARENCY',
      'LOG_KEY_CERTTRANSPARENCY',
      'PORT',
    ],
  ],
])(
  '%s does not start without its secrets and settings, and names all of them',
  async (service, names) => {
    const { stderr, code } = await start(service, {})
    expect(code).toBe(1)
    for (const name of names) expect(stderr).toContain(`${name}: missing`)
  },
)

it.each(['production', 'development', 'test'])(
  'frontend does not start in %s with addresses of clear text, not even on loopback',
  async (environment) => {
    const address = 'http://127.0.0.1:8080'
    const { stderr, code } = await start('frontend', {
      ...{ REKEY_ENVIRONMENT: environment, PUBLIC_URL: 'http://portal.example.com' },
      ...{ OIDC_ISSUER: address, NOTICES_URL: address },
    })
    expect(code).toBe(1)
    for (const name of ['PUBLIC_URL', 'OIDC_ISSUER', 'NOTICES_URL']) {
      expect(stderr).toMatch(new RegExp(`${name}: malformed\\n +rule: +an https address is needed`))
    }
  },
)

it.each([
  ['frontend', 'SIGNING_URL'],
  ['signing', 'CERTTRANSPARENCY_URL'],
])('%s does not start where it would call in clear text: %s', async (service, name) => {
  for (const url of ['http://10.0.0.7:8443', 'http://127.0.0.1:8443']) {
    const { stderr, code } = await start(service, { REKEY_ENVIRONMENT: 'development', [name]: url })
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`${name}: malformed[^]*an https address is needed`))
  }
})

it('does not start in production on a .env file', async () => {
  const path = await envFile('')
  const { stderr, code } = await start('signing', { REKEY_SECRETS: `dotenv:${path}` })
  expect(code).toBe(1)
  expect(stderr).toContain('REKEY_SECRETS: refused')
})

it('names the line of a .env file that dotenv would read wrongly, and not what is on it', async () => {
  const value = `dev-${randomBytes(16).toString('hex')}#${randomBytes(16).toString('hex')}`
  const path = await envFile(`# development\nCA_PASSPHRASE_SIGNING=${value}\n`)
  const { stderr, code } = await start('signing', {
    REKEY_ENVIRONMENT: 'development',
    REKEY_SECRETS: `dotenv:${path}`,
  })
  expect(code).toBe(1)
  expect(stderr).toContain('line 2')
  for (const part of value.split('#')) expect(stderr).not.toContain(part)
})

it('does not start when the database refuses its login, and does not print the password', async () => {
  const password = `dev-${randomBytes(24).toString('hex')}`
  const path = await envFile(
    `DATABASE_CERTTRANSPARENCY=postgresql://certtransparency_g1:${password}@127.0.0.1:9/certtransparency\n`,
  )
  const { stderr } = await start('certtransparency', {
    REKEY_ENVIRONMENT: 'development',
    REKEY_SECRETS: `dotenv:${path}`,
    PORT: '0',
    HEALTH_PORT: '0',
    CA_CERTIFICATES_FILE: '/nowhere',
  })
  expect(stderr).toContain('DATABASE_CERTTRANSPARENCY: unreachable')
  expect(stderr).not.toContain(password)
})
