// @lane servers
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, realpathSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generatePassphrase } from '../internal.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

const cwd = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-ca-drill-'))
afterAll(() => rm(cwd, { recursive: true }))

const read = (name: string) => readFile(join(cwd, name), 'utf8')
const write = (name: string, text: string) => writeFile(join(cwd, name), text, { mode: 0o600 })

/** Runs `rekey ca`, and checks that no passphrase here is in the output. */
async function ca(...args: string[]) {
  const run = await runProgram(['ca', ...args], { cwd })
  for (const name of (await readdir(cwd)).filter((one) => one.endsWith('.pass'))) {
    expect(run.output).not.toContain((await read(name)).trimEnd())
  }
  return run
}

const OPENING = ['--backup-passphrase-file', 'backup.pass']
const CERTIFICATE = ['--certificate', 'root/ca.crt']
const DRILL = ['drill', 'backup', ...OPENING, ...CERTIFICATE]
const OPERATOR = [
  ...['--operator-key', 'operator.key'],
  ...['--operator-passphrase-file', 'operator.pass'],
]

/** Writes the two halves of the key of an operator. */
async function newOperator(name: string) {
  const passphrase = generatePassphrase().expose()
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const sealed = { cipher: 'aes-256-cbc', passphrase }
  const key = privateKey.export({ format: 'pem', type: 'pkcs8', ...sealed })
  await write(`${name}.key`, key.toString())
  await write(`${name}.pass`, `${passphrase}\n`)
  await write(`${name}.pem`, publicKey.export({ format: 'pem', type: 'spki' }).toString())
}

beforeAll(async () => {
  await ca('init-root', 'root', '--name', 'Example Root', '--passphrase-out', 'root.pass')
  await ca('init-root', 'other', '--name', 'Other Root', '--passphrase-out', 'other.pass')
  await newOperator('operator')
  await newOperator('mallory')
  const own = ['--passphrase-file', 'root.pass', '--backup-passphrase-out', 'backup.pass']
  expect(await ca('backup', 'create', 'root', ...own, '--out', 'backup')).toMatchObject({ code: 0 })
  const reported = ['--report', 'report', '--keystore', 'root', '--json']
  const { lines } = await ca(...DRILL, ...OPERATOR, ...reported)
  expect(lines()).toMatchObject([
    {
      outcome: 'drilled',
      level: 'L2',
      operator: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    },
  ])
}, 60_000)

it('verifies the report of a drill by the CA and the operators that are named', async () => {
  const { code, output } = await ca('drill', 'verify', 'report', ...CERTIFICATE)
  expect([code, output]).toEqual([0, expect.stringContaining('operator    signed by sha256 ')])
  const named = ['--operators', 'operator.pem', '--json']
  const { lines } = await ca('drill', 'verify', 'report', ...CERTIFICATE, ...named)
  expect(lines()).toMatchObject([
    { outcome: 'verified', level: 'L2', subject: 'CN=Example Root G1' },
  ])
  expect(await read('root/drill.json')).toBe(await read('report'))
})

it('names a report that was changed, that no operator or another one has signed, or of another CA', async () => {
  const text = await read('report')
  await write('edited', text.replace('"revoked":0', '"revoked":1'))
  await write('alone', `${text.split('\n').slice(0, 2).join('\n')}\n`)
  const trusted = ['--operators', 'operator.pem']
  for (const [report, flags, words] of [
    ['edited', [], 'rejected: the signature of the operator does not belong to the report'],
    ['alone', trusted, 'missing: no operator has signed the report of the drill; drill again'],
    ['report', ['--operators', 'mallory.pem'], 'refused: the report of the drill was signed by'],
    ['report', ['--operators', 'root/ca.crt'], 'malformed: the file of the operators'],
    ['none', [], 'missing: the file of the report does not exist'],
  ] as const) {
    const { code, output } = await ca('drill', 'verify', report, ...CERTIFICATE, ...flags)
    expect([code, output]).toEqual([1, expect.stringContaining(words)])
  }
  const other = await ca('drill', 'verify', 'report', '--certificate', 'other/ca.crt')
  expect(other.output).toContain('rejected: the report of the drill is not signed by the CA')
})

it('K31: fails before or in the drill with what is wrong, and leaves the last report', async () => {
  const before = await read('root/drill.json')
  await mkdir(join(cwd, 'empty'))
  const mixed = ['--operator-key', 'mallory.key', '--operator-passphrase-file', 'operator.pass']
  const wrong = ['--backup-passphrase-file', 'root.pass', ...CERTIFICATE]
  for (const [args, words] of [
    [[...DRILL, ...mixed], 'rejected: the key file does not open'],
    [[...DRILL, '--report', 'report'], 'exists, and is never replaced; name another file'],
    [
      [...DRILL, '--keystore', 'other'],
      'refused: the backup that was drilled is not one of the CA',
    ],
    [['drill', 'empty', ...OPENING, ...CERTIFICATE], 'missing: the backup lacks manifest.json'],
    [['drill', 'none', ...OPENING, ...CERTIFICATE], 'missing: '],
    [['drill', 'backup', ...wrong], 'rejected: the backup does not open'],
    [['drill', 'backup', ...OPENING, '--certificate', 'other/ca.crt'], 'that of another CA'],
  ] as const) {
    const { code, output } = await ca(...args)
    expect({ args, code, output }).toMatchObject({
      ...{ code: 1, output: expect.stringContaining(words) as string },
    })
  }
  expect(await read('root/drill.json')).toBe(before)
  expect(await readdir(join(cwd, 'other'))).not.toContain('drill.json')
}, 60_000)

it.each([
  [['drill', 'backup', ...CERTIFICATE], 'what opens the backup? name --backup-passphrase-file'],
  [[...DRILL, '--share', 'root.pass'], 'name --backup-passphrase-file FILE or --share FILE, not'],
  [[...DRILL, '--operator-key', 'operator.key'], 'name both, --operator-key FILE and --operator-'],
  [['drill', 'backup', ...OPENING], "required option '--certificate <file>'"],
  [['drill', 'verify', 'report'], "required option '--certificate <file>'"],
])('exits with 2 for %j', async (args, words) => {
  expect(await ca(...args)).toMatchObject({
    ...{ code: 2, output: expect.stringContaining(words) as string },
  })
})
