import { mkdtempSync, realpathSync } from 'node:fs'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

const cwd = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-escrow-'))
afterAll(() => rm(cwd, { recursive: true }))

const ROOT = ['--passphrase-file', 'root.pass']
const HOLDERS = ['--threshold', '2', '--holder', 'Alice', '--holder', 'Bob', '--holder', 'Carol']

/** Runs `rekey ca`, and checks that no line of a share is in the output. */
async function ca(...args: string[]) {
  const run = await runProgram(['ca', ...args], { cwd })
  for (const name of (await readdir(cwd, { recursive: true })).filter((one) =>
    /share-\d\.txt$/.test(one),
  )) {
    for (const line of (await read(name)).trim().split('\n')) {
      const joined = line.replaceAll(' ', '')
      const spellings = [line, joined, joined.toUpperCase(), Array.from(joined).reverse().join('')]
      for (const spelling of spellings) expect(run.output).not.toContain(spelling)
    }
  }
  return run
}

const read = (name: string) => readFile(join(cwd, name), 'utf8')

beforeAll(async () => {
  await ca('init-root', 'root', '--name', 'Example Root', '--passphrase-out', 'root.pass')
  const made = await ca('escrow', 'create', 'root', ...ROOT, ...HOLDERS, '--out', 'shares')
  expect(made).toMatchObject({ code: 0 })
})

it('K35: writes a share for each custodian, for its owner alone, and shows none in any spelling', async () => {
  expect(await readdir(join(cwd, 'shares'))).toEqual([
    'escrow.json',
    ...[1, 2, 3].flatMap((index) => [`share-${index}.pdf`, `share-${index}.txt`]),
  ])
  expect(await read('shares/share-1.pdf')).toContain(
    Buffer.from('Share 1 of 3, for Alice').toString('hex'),
  )
  expect((await stat(join(cwd, 'shares/share-1.pdf'))).mode & 0o777).toBe(0o600)
  expect((await stat(join(cwd, 'shares/share-1.txt'))).mode & 0o777).toBe(0o600)
  const { code, lines } = await ca(
    'escrow',
    'check',
    'shares/share-2.txt',
    '--escrow',
    'shares/escrow.json',
    '--json',
  )
  expect(code).toBe(0)
  expect(lines()).toMatchObject([
    { outcome: 'good', holder: 'Bob', index: 2, threshold: 2, count: 3 },
  ])
})

it('K30: names the line that is mistyped, and a share of another set', async () => {
  const lines = (await read('shares/share-1.txt')).trim().split('\n')
  const typed = lines.with(1, `${lines[1]?.slice(0, -1)}${lines[1]?.endsWith('q') ? 'p' : 'q'}`)
  await writeFile(join(cwd, 'typed.txt'), typed.join('\n'), { mode: 0o600 })
  const run = await ca('escrow', 'check', 'typed.txt', '--escrow', 'shares/escrow.json')
  expect(run.code).toBe(1)
  expect(run.output).toContain('malformed: line 2 of share typed.txt is mistyped')
  const shares = ['--share', 'shares/share-1.txt', '--share', 'shares/share-3.txt']
  const again = await ca(
    'escrow',
    'reshare',
    'root',
    ...shares,
    ...HOLDERS,
    '--out',
    'shares-2',
    '--json',
  )
  expect(again.lines()).toMatchObject([{ outcome: 'reshared', threshold: 2 }])
  const other = await ca(
    'escrow',
    'check',
    'shares/share-1.txt',
    '--escrow',
    'shares-2/escrow.json',
  )
  expect(other.output).toContain('refused: share share-1.txt is of the set ')
})

it('writes no shares into a keystore, and none beside those of another set', async () => {
  const before = await read('root/escrow.json')
  for (const [out, refusal] of [
    ['root/shares', 'would lie in the keystore'],
    ['shares', 'conflict: '],
    ['none/shares', 'does not exist'],
  ] as const) {
    const run = await ca('escrow', 'create', 'root', ...ROOT, ...HOLDERS, '--out', out)
    expect(run).toMatchObject({ code: 1 })
    expect(run.output).toContain(refusal)
  }
  expect(await read('root/escrow.json')).toBe(before)
  expect((await readdir(join(cwd, 'root'))).filter((name) => name.startsWith('share'))).toEqual([])
})
