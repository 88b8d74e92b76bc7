import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import type { Input } from '../../test/guard/ways-out.child.ts'

const CHILD = fileURLToPath(new URL('../../test/guard/ways-out.child.ts', import.meta.url))

/** The number of a spelling and a way to print it, and what was found at the descriptors, one entry a time. */
type Printed = Map<string, string[]>

const spawnChild = (input: Input, output: 'pipe' | number) => {
  const child = spawn(process.execPath, ['--conditions=@rekey/source', '--import=tsx', CHILD], {
    env: { PATH: process.env['PATH'], NODE_DEBUG: 'leak' },
    stdio: ['pipe', output, output],
  })
  child.stdin?.end(JSON.stringify(input))
  return child
}

async function printedToPipes(input: Input): Promise<Printed> {
  const { stdout, stderr } = spawnChild(input, 'pipe')
  const outputs = [stdout, stderr].filter((stream) => stream !== null)
  return sortedByWay((await Promise.all(outputs.map((stream) => text(stream)))).join(''))
}

async function printedToFile(input: Input): Promise<Printed> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-guard-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await using file = await open(join(directory, 'output'), 'a+')
  await once(spawnChild(input, file.fd), 'close')
  return sortedByWay(await readFile(join(directory, 'output'), 'utf8'))
}

function sortedByWay(output: string): Printed {
  const printed: Printed = new Map()
  for (const [, name = '', part = ''] of output.matchAll(/\n<<(.*)>>\n([^]*?)(?=\n<<|$)/g)) {
    printed.set(name, [...(printed.get(name) ?? []), part])
  }
  return printed
}

/** Whether `printed` shows so many characters of what was spelled. */
function shows(printed: string, { spelled, most }: Spelling): boolean {
  for (let at = 0; at + most < spelled.length; at += 1) {
    if (printed.includes(spelled.slice(at, at + most + 1))) return true
  }
  return false
}

const secret = randomBytes(24).toString('base64url').replace(/(..)./g, '$17')

/** A way to write the secret, and how much of its beginning may be shown where the rest comes too late. */
interface Spelling {
  readonly spelled: string
  readonly most: number
}

const SPELLINGS: readonly Spelling[] = [
  { spelled: secret, most: 11 },
  { spelled: Buffer.from(secret).toString('hex'), most: 31 },
  { spelled: Buffer.from(secret).toString('base64'), most: 19 },
]
const spellings = SPELLINGS.map(({ spelled }) => spelled)

it(
  'a secret leaves a guarded process by no way, wherever it is cut in two, as it is, in hexadecimal and in base64',
  { timeout: 60_000 },
  async () => {
    const bare = await printedToFile({ secret, spellings, guarded: false })
    const guarded = [
      await printedToPipes({ secret, spellings, guarded: true }),
      await printedToFile({ secret, spellings, guarded: true }),
    ]
    expect(bare.size).toBeGreaterThanOrEqual(3 * 27)
    for (const [name, parts] of bare) {
      const spelling = SPELLINGS[Number(name[0])] ?? { spelled: '', most: 0 }
      expect(
        parts.some((part) => shows(part, spelling)),
        `${name} leaks unguarded`,
      ).toBe(true)
      for (const printed of guarded) {
        const clean = printed.get(name) ?? []
        expect(
          clean.filter((part) => shows(part, spelling)),
          name,
        ).toEqual([])
        expect(clean.join(''), name).toContain('[secret API_KEY]')
      }
    }
  },
)
