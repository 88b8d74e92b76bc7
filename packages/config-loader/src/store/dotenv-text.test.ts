import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { SecretError } from '@rekey/secret'
import { parse } from 'dotenv'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DotenvLine, findDotenvFaults, parseDotenv, printDotenv } from './dotenv-text.ts'
import { openDotenvStore } from './index.ts'

const noise = randomBytes(16).toString('hex')
let directory: string
beforeAll(async () => (directory = await mkdtemp(join(tmpdir(), 'rekey-dialect-'))))
afterAll(() => rm(directory, { recursive: true }))

async function read(text: string | Buffer) {
  const path = join(directory, '.env')
  await writeFile(path, text)
  const store = await openDotenvStore({ path })
  return store.read('SECRET')
}

const refused: Record<string, [text: string | Buffer, line: number | undefined]> = {
  'an unquoted #': [`A=1\nSECRET=${noise}#${noise}\n`, 2],
  'a comment after an unquoted value': [`SECRET=${noise} # comment\n`, 1],
  'a byte order mark': [`\uFEFFSECRET=${noise}\n`, undefined],
  'a NUL byte': [`SECRET=${noise}\0\n`, undefined],
  'text that is not UTF-8': [Buffer.from(`SECRET=${noise}\u00e9\n`, 'latin1'), undefined],
  'an unterminated single quote': [`A=1\n\nSECRET='${noise}\nB=2\n`, 3],
  'an unterminated double quote': [`SECRET="${noise}\n`, 1],
  'an unterminated backtick': [`SECRET=\`${noise}\n`, 1],
  'a quote that ends in another line': [`SECRET='${noise}\nB='2'\n`, 1],
  'text after the closing quote': [`SECRET='${noise}'${noise}\n`, 1],
  'an escaped quote': [`SECRET="${noise}\\"${noise}"\n`, 1],
  'a backslash before the closing quote': [`SECRET='${noise}\\'\n`, 1],
  'an escape that readers disagree on': [`SECRET="${noise}\\t"\n`, 1],
  'a second value for the same name': [`SECRET=${noise}\nB=1\nSECRET=${noise}\n`, 3],
  'a line that is no assignment': [`SECRET=${noise}\n${noise}\n`, 2],
  'a colon instead of an equal sign': [`SECRET: ${noise}\n`, 1],
  'a value on the next line': [`SECRET=\n'${noise}'\n`, 2],
  'a carriage return inside a line': [`A=1\nSECRET=${noise}\rB=2\n`, 2],
  'a no-break space around a value': [`SECRET=${noise}\u00a0\n`, 1],
  'a name that is a prototype': [`SECRET=${noise}\n__proto__=1\n`, 2],
  'an assignment hidden behind a line separator': [`# x\u2028SECRET=${noise}\n`, 1],
}

it.each(Object.entries(refused))('refuses %s and names the line', async (_what, [text, line]) => {
  const error = await read(text).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(SecretError)
  expect(error).toMatchObject({ code: 'malformed', ...(line && { details: { line } }) })
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(noise)
})

const accepted: Record<string, [text: string, value: string]> = {
  'a bare value': [`SECRET=${noise}\n`, noise],
  'a bare value without a line end': [`SECRET=${noise}`, noise],
  'blanks around a bare value': [`  SECRET = ${noise} \t\n`, noise],
  export: [`export SECRET=${noise}\n`, noise],
  'a comment after a quoted value': [`SECRET='${noise}' # it's a comment\n`, noise],
  'a # in quotes': [`SECRET='${noise}#1'\n`, `${noise}#1`],
  'line ends of Windows': [`A=1\r\nSECRET=${noise}\r\n# end\r\n`, noise],
  'escaped line ends in double quotes': [`SECRET="${noise}\\n2\\r"\n`, `${noise}\n2\r`],
  'several lines in quotes': [`SECRET='${noise}\n\n# 2\nB=3'\n`, `${noise}\n\n# 2\nB=3`],
  'other quotes inside backticks': [`SECRET=\`${noise}'"\`\n`, `${noise}'"`],
  'dollars as they are': [`SECRET=${noise}$A\${B}$(id)\n`, `${noise}$A\${B}$(id)`],
}

it.each(Object.entries(accepted))('reads %s', async (_what, [text, value]) => {
  const { current } = await read(text)
  expect(current.value.expose()).toBe(value)
})

const pieces = `A|B|C|=|'|"|\`|#|\n|\n|\r\n| |\t|\\|\\n|\\r|x|y z|export |A=|B=|C=|='|="|'\n|"\n|$|:|\r|\0`
const anyText = fc
  .array(fc.constantFrom(...pieces.split('|'), '|', '\u2028', '\u00a0', "A='x'\n"), {
    maxLength: 24,
  })
  .map((parts) => parts.join(''))

const unquote: Record<string, (inner: string) => string> = {
  "'": (inner) => inner,
  '`': (inner) => inner,
  '"': (inner) => inner.replaceAll('\\n', '\n').replaceAll('\\r', '\r'),
}

function meaning({ value }: DotenvLine): string {
  const open = unquote[value.charAt(0)]
  return open ? open(value.slice(1, -1).replaceAll('\r\n', '\n')) : value
}

it('accepts only text that dotenv reads as it looks, and can print it again', () => {
  let count = 0
  fc.assert(
    fc.property(anyText, (text) => {
      const lines = linesOf(text)
      if (lines === undefined) return
      count += 1
      const meant = lines.flatMap((line) => (line.key ? [[line.key, meaning(line)]] : []))
      expect(Object.entries(parse(text))).toEqual(meant)
      expect(printDotenv(lines)).toBe(text)
    }),
    { numRuns: 20_000 },
  )
  expect(count).toBeGreaterThan(1_000)
})

function linesOf(text: string): DotenvLine[] | undefined {
  try {
    return parseDotenv(text, '.env')
  } catch (error) {
    if (error instanceof SecretError && error.code === 'malformed') return undefined
    throw error
  }
}

describe('a text of more than a .env file can be', () => {
  const found = (text: string) =>
    findDotenvFaults(text, '.env').map(({ details }) => [details['line'], details['fault']])

  it('has at most 10,000 lines', () => {
    expect(found('#\n'.repeat(10_000))).toEqual([])
    expect(found('#\n'.repeat(10_001))).toEqual([[10_001, 'many']])
  })

  it('is reported by its first 100 faults', () => {
    const faults = found(`A=1\n${'?\n\r'.repeat(500)}`)
    expect(faults).toHaveLength(100)
    expect(faults.slice(0, 3)).toEqual([
      [2, 'line'],
      [3, 'return'],
      [4, 'return'],
    ])
  })
})
