// @lane servers
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { REKEY } from '@rekey/test-support'
import { describe, expect, it } from 'vitest'
import { digestsOf, environmentIn, PRINT_ENV } from './printed-environment.ts'
import { DEVELOPMENT, newKey, newText, signingSecrets } from './service-fixture.ts'
import { startRekey } from './start-rekey.ts'

/** The settings of signing that are set here; `SERVER_VALIDITY_HOURS` is left to its default. */
const SETTINGS = {
  PORT: '1',
  HEALTH_PORT: '2',
  LOG_LEVEL: 'warn',
  CA_DIRECTORY: '/nowhere',
  CRL_DIRECTORY: '/nowhere',
  CERTTRANSPARENCY_URL: 'http://127.0.0.1:3',
  LOG_VERIFIER_KEY: 'certtransparency/log+00000000+key',
  SERVER_NAMES_FRONTEND: 'portal',
}
const COMMON = { HOME: '/home/nowhere', TZ: 'UTC', LANG: 'C', LANGUAGE: 'en', LC_ALL: 'C' }
const PATH = process.env['PATH'] ?? ''

/** What a command of signing must not get: each with a value that nothing else has. */
function foreign(): Record<string, string> {
  const names = [
    ...['DATABASE_ROTATOR', 'REKEY_LAST_GOOD_KEY', 'GITHUB_TOKEN', 'PGPASSWORD', 'VAULT_TOKEN'],
    ...['AWS_SECRET_ACCESS_KEY', 'NPM_TOKEN', 'LC_TOKEN', 'DATABASE_FRONTEND', 'lang'],
    ...['DATABASE_CERTTRANSPARENCY_FILE', 'OIDC_CLIENT_SECRET_FRONTEND__PENDING', 'NODE_OPTIONS_'],
  ]
  return Object.fromEntries(names.map((name) => [name, newText()]))
}

const run = (script: string, env: Record<string, string>, ...flags: string[]) =>
  startRekey(['run', 'signing', ...flags, '--', process.execPath, '-e', script], {
    ...DEVELOPMENT,
    ...env,
  })

describe('the environment of a command', { timeout: 60_000 }, () => {
  it('is exactly the secrets of its service in all stages, its settings, PATH, HOME, locale and TZ', async () => {
    const staged = { API_KEY_FRONTEND_SIGNING__PENDING: newKey() }
    const previous = { CA_PASSPHRASE_SIGNING__PREVIOUS: newText() }
    const secrets = { ...signingSecrets(), ...staged, ...previous }
    const kept = { ...COMMON, ...SETTINGS, ...secrets }
    const rekey = run(PRINT_ENV, { ...kept, ...foreign() })
    expect(await rekey.exitCode).toBe(0)
    const expected = { ...kept, ...DEVELOPMENT, PATH, REKEY_SECRETS: 'env' }
    expect(Object.keys(environmentIn(rekey.output())).sort()).toEqual(Object.keys(expected).sort())
    expect(environmentIn(rekey.output())).toEqual(digestsOf(expected))
  })

  it('has none of DATABASE_ROTATOR, REKEY_LAST_GOOD_KEY, GITHUB_TOKEN, PGPASSWORD, VAULT_TOKEN', async () => {
    const withheld = foreign()
    const rekey = run(PRINT_ENV, { ...signingSecrets(), ...withheld })
    expect(await rekey.exitCode).toBe(0)
    const names = Object.keys(environmentIn(rekey.output()))
    expect(names.filter((name) => name in withheld)).toEqual([])
    for (const value of Object.values(withheld)) expect(rekey.output()).not.toContain(value)
  })

  it('has what --pass names, and nothing more', async () => {
    const withheld = foreign()
    const { GITHUB_TOKEN, ...rest } = withheld
    const flags = ['--pass', 'GITHUB_TOKEN', '--pass', 'TERM']
    const rekey = run(PRINT_ENV, { ...signingSecrets(), ...withheld, TERM: 'dumb' }, ...flags)
    expect(await rekey.exitCode).toBe(0)
    expect(environmentIn(rekey.output())).toMatchObject(
      digestsOf({ GITHUB_TOKEN: GITHUB_TOKEN ?? '', TERM: 'dumb' }),
    )
    expect(Object.keys(environmentIn(rekey.output())).filter((name) => name in rest)).toEqual([])
  })

  it('is not made if --pass names a variable that is not set, or none at all: nothing runs', async () => {
    const value = newText()
    for (const [name, words] of [
      ['NOT_SET', 'NOT_SET is not set'],
      [`TOKEN=${value}`, '--pass takes the name of a variable'],
    ] as const) {
      const rekey = run(PRINT_ENV, signingSecrets(), '--pass', name)
      expect(await rekey.exitCode).toBe(2)
      expect(rekey.output()).toContain(words)
      expect(rekey.output()).not.toMatch(new RegExp(`given|${value}`))
    }
  })
})

/** Prints who shows one of the values on standard input in its environment, and whether the process above this one was read. */
const READ_OTHERS = `
  const { readdirSync, readFileSync } = require('node:fs')
  const values = JSON.parse(readFileSync(0, 'utf8'))
  for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
    let text
    try { text = readFileSync('/proc/' + pid + '/environ', 'latin1') } catch { continue }
    if (pid === String(process.ppid)) console.log('read ' + pid + ' of ' + text.length + ' bytes')
    const shown = pid === String(process.pid) ? false : values.some((value) => text.includes(value))
    if (shown) console.log('shown by ' + pid + ': ' + readFileSync('/proc/' + pid + '/cmdline', 'latin1'))
  }
  console.log('looked')
`

/** Whether a process may be given a view of the file system of its own. */
function mayUnshare(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.runIf(existsSync('/proc/self/environ'))('rekey run', { timeout: 60_000 }, () => {
  it.each([[[]], [['--restart-on-change']]])(
    'shows no secret in the environment of any process while a command runs, which reads /proc of all: %j',
    async (flags) => {
      const env = { ...signingSecrets(), ...foreign() }
      const rekey = run(`${READ_OTHERS}; setInterval(() => {}, 1e3)`, env, ...flags)
      rekey.process.stdin?.end(JSON.stringify(Object.values(env)))
      await rekey.until(/looked/)
      expect(rekey.output()).toMatch(
        new RegExp(`read ${String(rekey.process.pid)} of [1-9]\\d+ bytes`),
      )
      expect(rekey.output()).not.toContain('shown by')
      rekey.process.kill('SIGTERM')
      expect(await rekey.exitCode).toBe(143)
    },
  )

  it.runIf(mayUnshare())('runs nothing where its own environment cannot be overwritten', () => {
    const script = 'mount -t proc -o ro proc /proc && exec "$@"'
    const args = ['run', 'signing', '--', process.execPath, '-e', PRINT_ENV]
    const node = [process.execPath, REKEY, ...args]
    const env = { PATH, ...DEVELOPMENT, ...signingSecrets() }
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['--mount', 'sh', '-c', script, 'sh', ...node],
      { env, encoding: 'utf8' },
    )
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain('refused: the command could read the environment of rekey')
  })

  it('opens no debugger for a command that asks for one with SIGUSR1', async () => {
    const script = `process.once('SIGUSR1', () => setTimeout(process.exit, 500, 7))
      process.kill(process.ppid, 'SIGUSR1'); setInterval(() => {}, 1e3)`
    const rekey = run(script, signingSecrets())
    expect(await rekey.exitCode).toBe(7)
    expect(rekey.output()).not.toContain('Debugger')
  })
})
