// @lane servers
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createDecipheriv, createPrivateKey, randomBytes, scryptSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { activateGeneration } from '@rekey/ca-keystore'
import { encryptForRecovery, generatePassphrase } from '@rekey/ca-keystore/internal'
import type { Secret } from '@rekey/secret'
import { openStack, orderProfile, type Stack } from '@rekey/stack'
import { runRekey } from '@rekey/test-support'
import { createBrowser, logIn } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodingsOf } from './scan-memory.ts'

/** Writes each packet of the loopback interface into a file, as packet(7) gives them; at its end, how many were lost. */
const CAPTURE = `
import signal, socket, struct, sys
packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
packets.setsockopt(socket.SOL_SOCKET, 33, 1 << 28)
packets.bind(('lo', 0))
file = open(sys.argv[1], 'wb', 0)
def end(*_):
    print(struct.unpack('II', packets.getsockopt(263, 6, 8))[1], flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print('ready', flush=True)
while True: file.write(packets.recv(70000))
`
const PYTHON = 'python3'
/** Capturing needs root on Linux. CI has it, and fails without. */
const canCapture =
  process.env['CI'] === 'true' ||
  (process.platform === 'linux' &&
    process.geteuid?.() === 0 &&
    spawnSync(PYTHON, ['--version']).status === 0)

const held = (value: Secret) => ({ value, origin: { kind: 'memory' } }) as const

/** 96 bits after the nonce; counter mode is the cipher of GCM (NIST SP 800-38D §6.5). */
const FIRST_COUNTER = Buffer.from([0, 0, 0, 2])

/** The data key of a key file, by what docs/reference/ca-key-envelope.md states alone. */
function dataKeyOf(envelope: string, passphrase: string): Buffer {
  const line = envelope.split('\n').find((each) => each.includes('"slot":"service"')) ?? ''
  const { salt, nonce, wrapped, n, r, p } = JSON.parse(line) as Record<string, string> &
    Record<'n' | 'r' | 'p', number>
  const options = { N: n, r, p, maxmem: 256 * 1024 * 1024 }
  const key = scryptSync(passphrase, Buffer.from(salt ?? '', 'base64'), 32, options)
  const counter = Buffer.concat([Buffer.from(nonce ?? '', 'base64'), FIRST_COUNTER])
  const bytes = Buffer.from(wrapped ?? '', 'base64').subarray(0, 32)
  return createDecipheriv('aes-256-ctr', key, counter).update(bytes)
}

/** The private number of a key. */
async function scalarOf(directory: string, passphrase: Secret): Promise<Buffer> {
  const recoveryPassphrase = generatePassphrase()
  const wanted = { directory, passphrase: held(passphrase), recoveryPassphrase }
  const pem = await encryptForRecovery(wanted)
  const key = createPrivateKey({ key: pem, passphrase: recoveryPassphrase.expose() })
  return Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
}

describe.skipIf(!canCapture)('K35: the whole main job with the life of its CA', () => {
  let base: string
  let stack: Stack
  let capture: ChildProcess
  let lost = ''
  /** What must be nowhere, and what must be found. */
  const secrets = new Map<string, Buffer>()
  const planted = randomBytes(32)
  /** All that got out, by where. */
  const outputs = new Map<string, Buffer>()
  let printed = ''

  async function rekey(...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await runRekey(args)
    printed += stdout + stderr
    expect(code, `${args.join(' ')}\n${stdout}${stderr}`).toBe(0)
  }

  /** Writes a passphrase where a command reads it. */
  async function writePassphrase(name: string, value: Secret): Promise<string> {
    const path = join(base, 'vault', name)
    await writeFile(path, value.expose(), { mode: 0o600 })
    secrets.set(`passphrase ${name}`, Buffer.from(value.expose()))
    return path
  }

  beforeAll(async () => {
    base = await mkdtemp(join(await realpath(tmpdir()), 'rekey-ca-leak-'))
    for (const name of ['vault', 'safe']) spawnSync('mkdir', ['-m', '700', join(base, name)])
    capture = spawn(PYTHON, ['-c', CAPTURE, join(base, 'packets')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    capture.stdout?.setEncoding('utf8').on('data', (text: string) => (lost += text))
    await once(capture, 'spawn')
    const rootPassphrase = generatePassphrase()
    stack = await openStack({ rootPassphrase, validationMs: 200 })
    const issuing = (await stack.storage.admin.read('CA_PASSPHRASE_SIGNING')).current.value
    await doMainJob(rootPassphrase, issuing)
    await plant()
    await collectOutputs()
  }, 600_000)
  afterAll(async () => {
    await stack.close()
    if (capture.exitCode === null) capture.kill('SIGKILL')
    await rm(base, { recursive: true })
  })

  async function doMainJob(rootPassphrase: Secret, passphrase: Secret): Promise<void> {
    const [root, issuing] = [join(stack.directory, 'ca-root'), join(stack.directory, 'ca')]
    const lists = join(stack.directory, 'crl')
    const [rootFile, file] = [
      await writePassphrase('root', rootPassphrase),
      await writePassphrase('issuing', passphrase),
    ]
    secrets.set('key of the root', await scalarOf(root, rootPassphrase))
    secrets.set('key of generation 1', await scalarOf(issuing, passphrase))
    await revoke(await issue())
    const at = (...names: string[]) => join(base, ...names)
    const next = ['--passphrase-out', at('vault', 'root-2')]
    await rekey('ca', 'passphrase', root, '--passphrase-file', rootFile, ...next)
    const shares = [
      '--threshold',
      '2',
      '--holder',
      'Alice',
      '--holder',
      'Bob',
      '--out',
      at('shares'),
    ]
    await rekey('ca', 'escrow', 'create', issuing, '--passphrase-file', file, ...shares)
    const backup = ['--out', at('safe/backup'), '--backup-passphrase-out', at('vault', 'backup')]
    await rekey(
      'ca',
      'backup',
      'create',
      issuing,
      '--passphrase-file',
      file,
      '--lists',
      lists,
      ...backup,
    )
    const drill = ['drill', at('safe/backup'), '--certificate', join(issuing, 'ca.crt')]
    const report = ['--keystore', issuing, '--report', at('safe/drill.json')]
    await rekey('ca', ...drill, '--backup-passphrase-file', at('vault', 'backup'), ...report)
    const quorum = [1, 2].flatMap((index) => ['--share', at('shares', `share-${index}.txt`)])
    await rekey('ca', ...drill, ...quorum)
    const request = ['--request', at('next.csr')]
    await rekey('ca', 'rotate', 'prepare', issuing, '--passphrase-file', file, ...request)
    const name = ['--name', 'Rekey Development Issuing CA G2', '--out', at('next.crt')]
    const parent = ['--passphrase-file', at('vault', 'root-2'), ...name]
    await rekey('ca', 'sign-intermediate', root, ...request, ...parent)
    await rekey('ca', 'rotate', 'install', issuing, '--certificate', at('next.crt'))
    const published = ['--lists', lists, '--bundle', join(stack.directory, 'ca-certificates.pem')]
    await rekey('ca', 'rotate', 'publish', issuing, '--passphrase-file', file, ...published)
    const sure = { minPublishedMs: 0, drilledAt: new Date() }
    await activateGeneration({ directory: issuing, lists, passphrase: held(passphrase), ...sure })
    const signing = stack.services.find((service) => service.name === 'signing')
    await signing?.stop()
    await signing?.start()
    await issue()
    await rekey('ca', 'show', issuing)
    await rekey('rotate', 'api-key', 'frontend:signing', '--stack', stack.directory)
    await rekey('ca', 'biography', issuing, '--backup', at('safe/backup'))
    const second = join(issuing, 'generation-2')
    secrets.set('key of generation 2', await scalarOf(second, passphrase))
    await addSecretsOf({ root, issuing, second }, passphrase)
  }

  async function addSecretsOf(
    { root, ...issuing }: Record<'root' | 'issuing' | 'second', string>,
    passphrase: Secret,
  ): Promise<void> {
    for (const name of ['root-2', 'backup']) {
      const text = (await readFile(join(base, 'vault', name), 'utf8')).trimEnd()
      secrets.set(`passphrase ${name}`, Buffer.from(text))
    }
    const keyIn = (directory: string) => readFile(join(directory, 'ca.key'), 'utf8')
    for (const directory of Object.values(issuing)) {
      const key = dataKeyOf(await keyIn(directory), passphrase.expose())
      secrets.set(`data key in ${directory}`, key)
    }
    const again = String(secrets.get('passphrase root-2'))
    secrets.set('data key of the root', dataKeyOf(await keyIn(root), again))
    for (const name of ['share-1.txt', 'share-2.txt']) {
      const lines = (await readFile(join(base, 'shares', name), 'utf8')).trim().split('\n')
      for (const [at, line] of lines.entries()) {
        secrets.set(`line ${at + 1} of ${name}`, Buffer.from(line))
        secrets.set(`line ${at + 1} of ${name}, joined`, Buffer.from(line.replaceAll(' ', '')))
      }
    }
  }

  let cookie: () => string = () => ''
  /** Has frontend issue a profile. @returns its serial */
  async function issue(): Promise<string> {
    const url = new URL('/profiles', stack.frontendUrl)
    if (cookie() === '') {
      const startUrl = new URL('/login', stack.frontendUrl)
      const { browser } = await logIn({ startUrl, account: 'alice', browser: createBrowser(stack) })
      cookie = () => browser.cookieHeader(url)
    }
    const { response } = await orderProfile(stack, { cookieHeader: cookie })
    expect(response.status).toBeLessThan(300)
    return ((await response.json()) as { serial: string }).serial
  }

  async function revoke(serial: string): Promise<void> {
    const url = new URL(`/profiles/${serial}/revoke`, stack.frontendUrl)
    const headers = { cookie: cookie(), origin: url.origin }
    const response = await stack.fetch(url, { method: 'POST', headers, redirect: 'manual' })
    expect(response.status).toBe(303)
  }

  /** What each way out must show: bytes on the wire, hexadecimal in a log, base64 in a row. */
  async function plant(): Promise<void> {
    const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = connect((server.address() as { port: number }).port, '127.0.0.1')
    await once(socket.end(planted), 'close')
    server.close()
    await writeFile(join(stack.logDirectory, 'planted.log'), `key=${planted.toString('hex')}\n`)
    await query('postgres', 'create table planted (value text)')
    await query('postgres', `insert into planted values ('${planted.toString('base64')}')`)
    printed += Array.from(planted.toString('latin1')).reverse().join('')
  }

  async function query(database: string, text: string): Promise<Record<string, unknown>[]> {
    const url = new URL(stack.postgres.adminUrl.expose())
    url.pathname = `/${database}`
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(text)).rows
    } finally {
      await client.end()
    }
  }

  /** Every row of every table of every database. */
  async function dump(): Promise<string> {
    const rows: string[] = []
    const names = await query('postgres', 'select datname from pg_database where datallowconn')
    for (const { datname } of names) {
      const tables = await query(
        String(datname),
        `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
      )
      for (const { name } of tables) {
        const found = await query(
          String(datname),
          `select to_jsonb(t)::text as row from ${String(name)} t`,
        )
        rows.push(String(name), ...found.map(({ row }) => String(row)))
      }
    }
    return rows.join('\n')
  }

  async function collectOutputs(): Promise<void> {
    outputs.set('commands', Buffer.from(printed, 'latin1'))
    outputs.set('databases', Buffer.from(await dump()))
    const answers: string[] = []
    for (const { healthUrl } of stack.services) {
      for (const path of ['/metrics', '/health/ready', '/health/secrets']) {
        answers.push(await (await fetch(new URL(path, healthUrl))).text())
      }
    }
    outputs.set('health and metrics', Buffer.from(answers.join('\n')))
    outputs.set('log of PostgreSQL', await readFile(stack.postgres.logPath))
    for (const [name, place] of [
      ['stack', stack.directory],
      ['backups', join(base, 'safe')],
    ] as const) {
      for (const path of await readdir(place, { recursive: true })) {
        const file = join(place, path)
        // The store of the passphrases is where they belong.
        if (path.includes('.env') || !(await stat(file)).isFile()) continue
        outputs.set(`${name}: ${path}`, await readFile(file))
      }
    }
    const ended = once(capture, 'exit')
    capture.kill('SIGTERM')
    await ended
    outputs.set('packets', await readFile(join(base, 'packets')))
  }

  function sightings(bytes: Buffer): string[] {
    return Array.from(outputs).flatMap(([where, output]) =>
      Array.from(encodingsOf(bytes))
        .filter(([, pattern]) => output.includes(pattern))
        .map(([encoding]) => `${where}: ${encoding}`),
    )
  }

  it('shows what was planted in packets, a log, a table and the output of a command', () => {
    for (const where of [
      'commands: reversed text',
      'databases: base64 0',
      'packets: bytes',
      'stack: logs/planted.log: hex',
    ]) {
      expect(sightings(planted)).toContain(where)
    }
  })

  it('went through all of it: keys, backups, reports, the audit trail, and packets of which none was lost', () => {
    const names = [...outputs.keys()]
    for (const part of ['biography.log', 'backup/manifest.json', 'drill.json', 'audit', '.log']) {
      expect(
        names.filter((name) => name.includes(part)),
        part,
      ).not.toEqual([])
    }
    expect(outputs.get('health and metrics')?.includes('ca_backup_last_drill_seconds')).toBe(true)
    expect(outputs.get('packets')?.length).toBeGreaterThan(500_000)
    expect(lost).toBe('ready\n0\n')
    expect([...secrets.keys()].filter((name) => name.startsWith('data key'))).toHaveLength(3)
    expect(secrets.size).toBeGreaterThan(12)
  })

  it('shows no passphrase, key, data key or share in any spelling', () => {
    const found = Array.from(secrets).flatMap(([name, bytes]) =>
      bytes.length < 16 ? [] : sightings(bytes).map((where) => `${name} in ${where}`),
    )
    expect(found).toEqual([])
  })
})
