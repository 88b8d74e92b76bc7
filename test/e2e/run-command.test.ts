// @lane servers
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { Secret } from '@rekey/secret'
import { openDotenvStore } from '@rekey/config-loader/store'
import { REKEY } from '@rekey/test-support'
import { describe, expect, it, onTestFinished } from 'vitest'
import { digestsOf, environmentIn, PRINT_ENV } from './printed-environment.ts'
import {
  DEVELOPMENT,
  envLines,
  makeDirectory,
  newKey,
  newText,
  signingSecrets,
  writeIn,
} from './service-fixture.ts'
import { startRekey } from './start-rekey.ts'

const TIMEOUT_MS = 60_000

/** Runs `script` with the secrets of signing out of a .env file. */
async function runScript(
  script: string,
  { flags = [], env = {} }: { flags?: string[]; env?: Record<string, string> } = {},
) {
  const secrets = signingSecrets()
  const path = await writeIn(await makeDirectory(), '.env', envLines(secrets))
  const args = ['run', 'signing', ...flags, '--', process.execPath, '-e', script]
  const rekey = startRekey(args, { ...DEVELOPMENT, REKEY_SECRETS: `dotenv:${path}`, ...env })
  return { ...rekey, secrets, path }
}

/** Prints the passphrase of the CA in ways that nothing within a process can mask. */
const LEAK = `
  const passphrase = process.env.CA_PASSPHRASE_SIGNING
  const { execFileSync } = require('node:child_process')
  process.stdout.write('in two: ' + passphrase.slice(0, 9))
  process.stdout.write(passphrase.slice(9) + '\\n')
  process._rawDebug(passphrase)
  execFileSync('sh', ['-c', 'echo child $CA_PASSPHRASE_SIGNING; echo $API_KEY_FRONTEND_SIGNING >&2'], { stdio: 'inherit' })
  console.error(Buffer.from(passphrase).toString('base64'))
  throw new Error(passphrase)`

/** Runs a command on a terminal of its own, and connects that to the input and output of Python. */
const ON_TERMINAL = ['-c', 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)']
const hasPython = spawnSync('python3', ['--version']).status === 0

describe('rekey run', { timeout: TIMEOUT_MS }, () => {
  it.each([
    ['process.exit(0)', 0],
    ['process.exit(3)', 3],
    ['process.kill(process.pid, "SIGKILL")', 137],
    ['process.kill(process.pid, "SIGTERM")', 143],
  ])('exits as the command does: %s', async (script, code) => {
    expect(await (await runScript(script)).exitCode).toBe(code)
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const)('passes %s on', async (signal) => {
    const rekey = await runScript(
      `process.on("${signal}", () => process.exit(42)); setInterval(() => {}, 1e3); console.log("up")`,
    )
    await rekey.until(/up/)
    rekey.process.kill(signal)
    expect(await rekey.exitCode).toBe(42)
  })

  it('masks what the command prints, its children, and native code in its last words', async () => {
    const rekey = await runScript(LEAK)
    expect(await rekey.exitCode).toBe(1)
    const { CA_PASSPHRASE_SIGNING: passphrase = '' } = rekey.secrets
    for (const encoding of ['utf8', 'base64'] as const) {
      const shown = Buffer.from(passphrase).toString(encoding).slice(0, 24)
      expect(rekey.output()).not.toContain(shown)
    }
    expect(rekey.output()).not.toContain(rekey.secrets['API_KEY_FRONTEND_SIGNING'])
    expect(rekey.output()).toMatch(/^in two: .{0,11}\[secret CA_PASSPHRASE_SIGNING@\w+\]$/m)
    expect(rekey.output()).toMatch(/^child \[secret CA_PASSPHRASE_SIGNING@\w+\]$/m)
    expect(rekey.output()).toMatch(/^Error: \[secret CA_PASSPHRASE_SIGNING@\w+\]$/m)
    expect(rekey.output().match(/\[secret CA_PASSPHRASE_SIGNING@/g)?.length).toBeGreaterThanOrEqual(
      5,
    )
    const unmasked = await runScript(LEAK, { flags: ['--unmasked'] })
    expect(await unmasked.exitCode).toBe(1)
    const { CA_PASSPHRASE_SIGNING: shown = '' } = unmasked.secrets
    expect(unmasked.output().split(shown).length).toBeGreaterThanOrEqual(5)
  })

  it('leaves bytes of no text as they are, ends with the reader of its output, and does not wait for what the command left behind', async () => {
    const bytes = 'Buffer.from(Array.from({ length: 300000 }, (_, i) => (i * 7919) >> 3))'
    const program = `process.stdout.write(${bytes})`
    const binary = await runScript(program)
    const chunks: Buffer[] = []
    binary.process.stdout?.setEncoding('latin1')
    binary.process.stdout?.on('data', (chunk: string) => chunks.push(Buffer.from(chunk, 'latin1')))
    expect(await binary.exitCode).toBe(0)
    const expected = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3))
    expect(Buffer.concat(chunks).equals(expected)).toBe(true)
    const endless = await runScript('setInterval(() => console.log("more"), 1)')
    await endless.until(/more/)
    endless.process.stdout?.destroy()
    expect(await endless.exitCode).not.toBe(0)
    const left = await runScript(
      'const left = require("node:child_process").spawn("sleep", ["60"], { stdio: "inherit", detached: true }); left.unref(); console.log("left " + left.pid)',
    )
    const [, pid] = await left.until(/left (\d+)/)
    onTestFinished(() => void process.kill(Number(pid)))
    expect(await left.exitCode).toBe(0)
  })

  it.skipIf(!hasPython)(
    'asks a command on a terminal for colours, which its output does not see, and masks it between them; unmasked, it has the terminal',
    async () => {
      const secrets = signingSecrets()
      const path = await writeIn(await makeDirectory(), '.env', envLines(secrets))
      const script = `
        const { stdin, stdout, stderr, env } = process
        const seen = [stdin, stdout, stderr].map(({ isTTY = false }) => isTTY)
        console.log(JSON.stringify([...seen, env.FORCE_COLOR ?? null]))
        console.log('\\x1b[31m' + env.CA_PASSPHRASE_SIGNING + '\\x1b[39m')
        process.exit(7)`
      const run = async (...flags: string[]) => {
        const rekey = [REKEY, 'run', 'signing', ...flags]
        const command = [process.execPath, ...rekey, '--', process.execPath, '-e', script]
        const child = spawn('python3', [...ON_TERMINAL, ...command], {
          stdio: ['pipe', 'pipe', 'inherit'],
          env: {
            PATH: process.env['PATH'] ?? '',
            ...DEVELOPMENT,
            REKEY_SECRETS: `dotenv:${path}`,
          },
        })
        onTestFinished(() => void child.kill('SIGKILL'))
        const [output] = await Promise.all([text(child.stdout), once(child, 'exit')])
        return { output, code: child.exitCode }
      }
      const masked = await run()
      expect(masked.code).toBe(7)
      expect(masked.output).toContain('[true,false,false,"1"]')
      expect(masked.output).toMatch(/\x1b\[31m\[secret CA_PASSPHRASE_SIGNING@\w+\]\x1b\[39m/)
      const unmasked = await run('--unmasked')
      expect(unmasked.code).toBe(7)
      expect(unmasked.output).toContain('[true,true,true,null]')
      expect(unmasked.output).toContain(secrets['CA_PASSPHRASE_SIGNING'])
    },
  )

  it('leaves standard input and output to the command', async () => {
    const rekey = await runScript('process.stdin.pipe(process.stdout)')
    rekey.process.stdin?.end('through and through')
    expect(await rekey.exitCode).toBe(0)
    expect(rekey.output()).toBe('through and through')
  })

  it('does not run anything while a secret is missing or breaks its rule, and names all of them', async () => {
    const short = newText().slice(0, 12)
    const rekey = startRekey(['run', 'signing', '--', process.execPath, '-e', PRINT_ENV], {
      ...DEVELOPMENT,
      CA_PASSPHRASE_SIGNING: short,
      API_KEY_FRONTEND_SIGNING: newKey(),
    })
    expect(await rekey.exitCode).toBe(1)
    expect(rekey.output()).toContain('API_KEY_SIGNING_CERTTRANSPARENCY: missing')
    expect(rekey.output()).toContain('CA_PASSPHRASE_SIGNING: malformed')
    expect(rekey.output()).not.toMatch(new RegExp(`given|${short}`))
  })

  it('runs without a secret that its sources file calls optional', async () => {
    const secrets = signingSecrets()
    Reflect.deleteProperty(secrets, 'CA_PASSPHRASE_SIGNING')
    const path = await writeIn(await makeDirectory(), 'sources.json', {
      sources: { variables: 'env' },
      default: 'variables',
      secrets: { CA_PASSPHRASE_SIGNING: { need: 'optional' } },
    })
    const env = { ...DEVELOPMENT, ...secrets, REKEY_SECRETS: `file:${path}` }
    const rekey = startRekey(['run', 'signing', '--', process.execPath, '-e', PRINT_ENV], env)
    expect(await rekey.exitCode).toBe(0)
    expect(environmentIn(rekey.output())).toMatchObject(digestsOf(secrets))
    expect(environmentIn(rekey.output())).not.toHaveProperty('CA_PASSPHRASE_SIGNING')
  })

  it('refuses development values where it is not told that this is development', async () => {
    const args = ['run', 'signing', '--', process.execPath, '-e', PRINT_ENV]
    const rekey = startRekey(args, signingSecrets())
    expect(await rekey.exitCode).toBe(1)
    expect(rekey.output()).toContain('CA_PASSPHRASE_SIGNING: refused')
  })

  it('says that there is no such command, as a shell does', async () => {
    const args = ['run', 'signing', '--', '/nowhere/command', 'argument']
    const rekey = startRekey(args, { ...DEVELOPMENT, ...signingSecrets() })
    expect(await rekey.exitCode).toBe(127)
    expect(rekey.output()).toBe('rekey: /nowhere/command cannot be run: there is no such command\n')
  })

  it('shows no value in the list of processes', async () => {
    const rekey = await runScript('setInterval(() => {}, 1e3); console.log("up")')
    await rekey.until(/up/)
    const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    expect(processes).toContain('run signing')
    for (const value of Object.values(rekey.secrets)) expect(processes).not.toContain(value)
    rekey.process.kill('SIGTERM')
    expect(await rekey.exitCode).toBe(143)
  })
})

describe('rekey run --restart-on-change', { timeout: TIMEOUT_MS }, () => {
  const SHOW_AND_STAY = `${PRINT_ENV}; console.log("pid " + process.pid); setInterval(() => {}, 1e3)`
  const flags = ['--restart-on-change', '--spread-ms', '0']

  it('starts the command anew with what has changed, and ends it when it is told to', async () => {
    const rekey = await runScript(SHOW_AND_STAY, { flags })
    const [, first] = await rekey.until(/pid (\d+)/)
    await using store = await openDotenvStore({ path: rekey.path })
    const { revision } = await store.read('API_KEY_FRONTEND_SIGNING')
    const pending = newKey()
    await store.stage('API_KEY_FRONTEND_SIGNING', Secret.of(pending, 'KEY'), revision)
    const [, second] = await rekey.until(/pid \d+[\s\S]*pid (\d+)/)
    expect(second).not.toBe(first)
    const last = rekey.output().slice(rekey.output().lastIndexOf('given '))
    const expected = { ...rekey.secrets, API_KEY_FRONTEND_SIGNING__PENDING: pending }
    expect(environmentIn(last)).toMatchObject(digestsOf(expected))
    expect(() => process.kill(Number(first), 0)).toThrow()
    rekey.process.kill('SIGTERM')
    expect(await rekey.exitCode).toBe(143)
  })

  it('kills a command that does not end in its time of grace', async () => {
    const stubborn = `process.on("SIGTERM", () => console.log("no")); ${SHOW_AND_STAY}`
    const rekey = await runScript(stubborn, { flags: [...flags, '--grace-ms', '300'] })
    await rekey.until(/pid/)
    const text = await readFile(rekey.path, 'utf8')
    const renewed = text.replace(/(CA_PASSPHRASE_SIGNING=).*/, `$1${newText()}`)
    await writeFile(rekey.path, renewed)
    await rekey.until(/no\n[\s\S]*pid/)
    rekey.process.kill('SIGKILL')
  })

  it('lets the command be while a new value breaks its rule', async () => {
    const rekey = await runScript(SHOW_AND_STAY, { flags })
    await rekey.until(/pid/)
    const text = await readFile(rekey.path, 'utf8')
    const broken = text.replace(/(CA_PASSPHRASE_SIGNING=).*/, '$1dev-short')
    const key = `API_KEY_FRONTEND_SIGNING__PENDING=${newKey()}\n`
    await writeFile(rekey.path, broken + key)
    await rekey.until(/pid \d+[\s\S]*pid \d+/)
    const last = rekey.output().slice(rekey.output().lastIndexOf('given '))
    expect(environmentIn(last)).toMatchObject(digestsOf(rekey.secrets))
    expect(environmentIn(last)).toHaveProperty('API_KEY_FRONTEND_SIGNING__PENDING')
    rekey.process.kill('SIGTERM')
    await rekey.exitCode
  })
})
