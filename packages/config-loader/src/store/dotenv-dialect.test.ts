import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { parse } from 'dotenv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDotenvStore } from './index.ts'

let directory: string
beforeAll(async () => (directory = await mkdtemp(join(tmpdir(), 'rekey-readers-'))))
afterAll(() => rm(directory, { recursive: true }))

/** What this dialect reads for A, or the code of its refusal. */
async function read(text: string): Promise<string> {
  const path = join(directory, '.env')
  await writeFile(path, text, { mode: 0o600 })
  await using store = await openDotenvStore({ path })
  return await store.read('A').then(
    ({ current }) => current.value.expose(),
    (error: unknown) => (error as { code: string }).code,
  )
}

/** Texts in which `dotenv` 18 and `util.parseEnv` of Node.js read A alike, or in which a value is easily lost. */
const CASES: Record<string, [text: string, value: string]> = {
  'a bare value': ['A=1', '1'],
  'blanks around the equal sign': ['A = 1', '1'],
  'blanks after a bare value': ['A=1  \nB=2', '1'],
  'an empty value': ['A=\nB=2', 'missing'],
  export: ['export A=1', '1'],
  'single quotes': ["A='1 2'", '1 2'],
  'double quotes': ['A="1 2"', '1 2'],
  backticks: ['A=`1 2`', '1 2'],
  'a blank in a bare value': ['A=1 2', '1 2'],
  'an equal sign in a value': ['A=1=2', '1=2'],
  'a # in single quotes': ["A='1#2'", '1#2'],
  'a # in double quotes': ['A="1#2"', '1#2'],
  'a comment after a quoted value': ["A='1' # 2", '1'],
  'a comment on a line of its own': ['# B\nA=1', '1'],
  'an escaped line end in double quotes': ['A="1\\n2"', '1\n2'],
  'a backslash n in single quotes': ["A='1\\n2'", '1\\n2'],
  'several lines in double quotes': ['A="1\n2"', '1\n2'],
  'several lines in single quotes': ["A='1\n2'", '1\n2'],
  'line ends of Windows': ['A=1\r\nB=2\r\n', '1'],
  'a dollar': ['A=1$B', '1$B'],
  'a dollar in braces': ['A=1${B}', '1${B}'],
  'a command': ['A=$(id)', '$(id)'],
  'other quotes inside quotes': [`A='1"2'`, '1"2'],
  'a # in a bare value': ['A=1#2', 'malformed'],
  'a comment after a bare value': ['A=1 # 2', 'malformed'],
  'a name twice': ['A=1\nA=2', 'malformed'],
  'a colon': ['A: 1', 'malformed'],
  'a byte order mark': ['\uFEFFA=1', 'malformed'],
  'an unterminated quote': ['A="1\nB=2', 'malformed'],
  'an escaped quote': ['A="1\\"2"', 'malformed'],
  'a value on the next line': ["A=\n'1'", 'malformed'],
  'a leading tab': ['\tA=1', '1'],
}

/** Where Node.js reads something else than `dotenv`. What this dialect accepts of these, it reads as `dotenv` does. */
const NODE_DIFFERS = new Set(['a colon', 'a byte order mark', 'an escaped quote'])
/** Node.js 22 reads it as `dotenv` does, Node.js 20 does not. */
if (process.versions.node.startsWith('20.')) NODE_DIFFERS.add('a leading tab')

describe('the strict dialect', () => {
  it('is compared in 32 cases', () => {
    expect(Object.keys(CASES)).toHaveLength(32)
  })

  it.each(Object.entries(CASES))('%s', async (what, [text, value]) => {
    expect(await read(text)).toBe(value)
    const readers = { dotenv: parse(text)['A'], node: parseEnv(text)['A'] }
    if (value === 'malformed') return
    const wanted = value === 'missing' ? '' : value
    expect(readers.dotenv).toBe(wanted)
    if (!NODE_DIFFERS.has(what)) expect(readers.node).toBe(wanted)
  })

  it.each([...NODE_DIFFERS])('knows that Node.js reads otherwise than dotenv: %s', (what) => {
    const [text = ''] = CASES[what] ?? []
    expect(parseEnv(text)['A']).not.toBe(parse(text)['A'])
  })
})
