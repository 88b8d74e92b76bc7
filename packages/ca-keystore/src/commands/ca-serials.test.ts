import { mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '@rekey/secret'
import { createCheckpointSigner } from '@rekey/audit-log/transparency'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

let cwd: string
beforeEach(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), 'rekey-serials-')))
  onTestFinished(() => rm(cwd, { recursive: true }))
})

const [first, second] = ['41'.repeat(20), '42'.repeat(20)]
/** A record of a process that is gone: no process has this id. */
const RECORD = [
  { holder: `4194305 ${hostname()} x` },
  { reserved: first, subject: 'alice', profile: 'client', at: '2026-11-26T00:00:00.000Z' },
  { reserved: second, subject: 'bob', profile: 'client', at: '2026-11-26T00:00:01.000Z' },
  { signed: second, certificate: 'PEM' },
]

async function list(...args: string[]) {
  const { code, lines } = await runProgram(['ca', 'serials', '.', '--json', ...args], { cwd })
  return { code, lines: lines() }
}

it('lists the serials that no certificate has, or those of another state', async () => {
  await mkdir(join(cwd, 'record'), { mode: 0o700 })
  const text = RECORD.map((line) => `${JSON.stringify(line)}\n`).join('')
  await writeFile(join(cwd, 'record', '1-a.issued'), text, { mode: 0o600 })
  expect(await list()).toMatchObject({
    code: 0,
    lines: [
      { serial: first, state: 'void', subject: 'alice' },
      { state: 'void', serials: 1, issued: 2 },
    ],
  })
  expect((await list('--state', 'signed')).lines).toMatchObject([
    { serial: second },
    { serials: 1 },
  ])
  expect((await list('--state', 'recorded')).lines).toMatchObject([{ serials: 0 }])
})

it('makes the key of a log in a file of this user alone, and prints its public half', async () => {
  const make = () =>
    runProgram(['ca', 'log-key', 'dev-ct/log', '--out', 'log.key', '--json'], { cwd })
  const { code, output, lines } = await make()
  const path = join(cwd, 'log.key')
  const key = await readFile(path, 'utf8')
  expect([code, (await stat(path)).mode & 0o777]).toEqual([0, 0o600])
  expect(output).not.toContain(key)
  const signer = createCheckpointSigner(Secret.of(key, 'log key'))
  expect(lines()).toEqual([{ type: 'made', path, verifierKey: signer.verifierKey }])
  const again = await make()
  expect([again.code, await readFile(path, 'utf8')]).toEqual([1, key])
})
