import { mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { execFileSync } from 'node:child_process'
import { readMoment, readUses, type UsesQuery } from './uses-file.ts'

const NOW = 1_800_000_000
const query: UsesQuery = { afterMs: 0, nowMs: NOW * 1_000 }
const serialOf = (n: number) => `4${String(n).padStart(39, '0')}`
const written = (serial: string) => serial.match(/../g)?.join(':') ?? ''
const use = (seconds: number, n: number) => `${seconds} ${written(serialOf(n))}\n`

async function place(text?: string, rotated?: string) {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'uses-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'vpn1.uses')
  if (text !== undefined) await writeFile(file, text)
  if (rotated !== undefined) await writeFile(`${file}.1`, rotated)
  return { folder, file }
}

async function reading(text: string, rotated?: string, changed: Partial<UsesQuery> = {}) {
  const { file } = await place(text, rotated)
  const { uses, sinceMs, skipped } = (await readUses(file, { ...query, ...changed })) ?? {}
  return {
    uses: Object.fromEntries([...(uses ?? [])].map(([serial, ms]) => [serial, ms / 1_000])),
    since: sinceMs === undefined ? undefined : sinceMs / 1_000,
    skipped,
  }
}

it('takes the newest use of each serial, whatever the order, and the time of the first line', async () => {
  const text = `${NOW - 900} start\n${use(NOW - 50, 1)}${use(NOW - 40, 2)}${use(NOW - 80, 1)}`
  expect(await reading(text)).toEqual({
    uses: { [serialOf(1)]: NOW - 50, [serialOf(2)]: NOW - 40 },
    ...{ since: NOW - 900, skipped: 0 },
  })
})

it('leaves a last line that is not whole for the next time', async () => {
  const whole = `${NOW - 900} start\n${use(NOW - 50, 1)}`
  const torn = use(NOW - 40, 2)
  for (const length of [1, 11, 40, torn.length - 1]) {
    const { uses, skipped } = await reading(whole + torn.slice(0, length))
    expect({ uses, skipped }).toEqual({ uses: { [serialOf(1)]: NOW - 50 }, skipped: 0 })
  }
})

const HOSTILE: readonly [string, string][] = [
  ['that is empty', ''],
  ['of words', 'a line of words'],
  ['with a serial of other length', `${NOW - 40} ${written(serialOf(1)).slice(3)}`],
  ['with a serial in capitals', `${NOW - 40} ${written(serialOf(1)).replace('4', 'A')}`],
  ['with a serial and more', `${use(NOW - 40, 1).trim()} ${'x'.repeat(10)}`],
  ['with a negative time', `-5 ${written(serialOf(1))}`],
  ['with a time that is no whole number', `1.5 ${written(serialOf(1))}`],
  ['with a time of the future', use(NOW + 301, 1).trim()],
  ['with a time of far away', use(99_999_999_999, 1).trim()],
  ['with a carriage return', `${use(NOW - 40, 1).trim()}\r`],
  ['with control characters', `\u0000\u001b[2J${use(NOW - 40, 1).trim()}`],
  ['of a million characters', 'x'.repeat(1_000_000)],
  ['of a million characters that begins well', use(NOW - 40, 1).trim() + '0'.repeat(1_000_000)],
]

it.each(HOSTILE)(
  'skips a line %s, and covers the time from the next one on',
  async (_name, line) => {
    const text = `${NOW - 900} start\n${line}\n${use(NOW - 30, 2)}`
    expect(await reading(text)).toEqual({
      ...{ uses: { [serialOf(2)]: NOW - 30 }, since: NOW - 30, skipped: 1 },
    })
    expect(await reading(`${NOW - 900} start\n${line}\n`)).toMatchObject({ since: undefined })
  },
)

it('takes a time that is a little ahead, since clocks differ', async () => {
  expect((await reading(use(NOW + 299, 1))).skipped).toBe(0)
})

it('reads what the file was rotated to before, and covers its time too', async () => {
  const rotated = `${NOW - 9_000} start\n${use(NOW - 8_000, 1)}${use(NOW - 7_000, 2)}`
  const uses = { [serialOf(1)]: NOW - 50, [serialOf(2)]: NOW - 7_000 }
  const expected = { uses, since: NOW - 9_000, skipped: 0 }
  expect(await reading(use(NOW - 50, 1), rotated)).toEqual(expected)
  // As after a rotation at this moment.
  expect((await reading('', rotated)).since).toBe(NOW - 9_000)
  // A use was cut off there for good.
  expect((await reading(use(NOW - 50, 1), rotated + '17')).since).toBe(NOW - 50)
})

it('reads the end alone of a file that is too large, and covers the time of that end', async () => {
  const lines = Array.from({ length: 1_000 }, (_, n) => use(NOW - 1_000 + n, n))
  const mostBytes = (lines[0]?.length ?? 0) * 10 + 5
  const { uses, since } = await reading(lines.join(''), `${NOW - 9_000} start\n`, { mostBytes })
  expect(Object.keys(uses)).toHaveLength(10)
  expect(since).toBe(NOW - 10)
})

it('gives the uses after a time alone', async () => {
  const { uses } = await reading(use(NOW - 50, 1) + use(NOW - 40, 2), '', {
    afterMs: (NOW - 45) * 1_000,
  })
  expect(Object.keys(uses)).toEqual([serialOf(2)])
})

it('finds nothing where there is no file or no folder', async () => {
  const { folder, file } = await place()
  expect(await readUses(file, query)).toBe(undefined)
  expect(await readUses(join(folder, 'none', 'vpn1.uses'), query)).toBe(undefined)
  expect(await readMoment(join(folder, 'none', 'vpn1.status'))).toBe(undefined)
})

it('follows no symbolic link, and waits for no pipe', async () => {
  const { folder, file } = await place()
  await writeFile(join(folder, 'other'), use(NOW - 50, 1))
  await symlink(join(folder, 'other'), file)
  await expect(readUses(file, query)).rejects.toMatchObject({ code: 'ELOOP' })
  await rm(file)
  execFileSync('mkfifo', [file])
  await expect(readUses(file, query)).rejects.toMatchObject({ code: 'ENOTFILE' })
  await symlink(join(folder, 'other'), join(folder, 'vpn1.status'))
  expect(await readMoment(join(folder, 'vpn1.status'))).toBe(undefined)
})
