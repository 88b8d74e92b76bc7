// @lane servers
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadFamily } from '@rekey/rekey'
import { runbookCells, writeRunbooks } from '@rekey/rekey/internal/runbook'
import { type Situation, SITUATIONS } from '@rekey/secret/internal/kind'
import { printedText } from '@rekey/test-support'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openRunbookShell, type RunbookShell } from './runbook-shell.ts'

const FAMILY = fileURLToPath(new URL('../../family.json', import.meta.url))
const BLOCK = /```(\w+)\n([^]*?)```\n/g
const WAIT = 'After seven days:'
const MS = 120_000

/** A program for which it is eight days later. */
const LATER = `const ahead = 8 * 86_400_000
globalThis.Date = class extends Date {
  constructor(...args) { super(...(args.length === 0 ? [Date.now()] : args)) }
  static now() { return super.now() + ahead }
}
`

const PREPARED = `
root='--parent ca-root --parent-passphrase-file passphrases/root'
mkdir -m 700 passphrases crl
rekey ca init-root ca-root --name Root --passphrase-out passphrases/root
rekey ca create ca --name Issuing $root --passphrase-out passphrases/signing
rekey ca lists ca-root --lists crl --passphrase-file passphrases/root
rekey ca lists ca --lists crl --passphrase-file passphrases/signing
`

const family = await loadFamily(FAMILY)
const page = writeRunbooks(family).find(({ name }) => name === 'development.md')?.text
let base: string
let shell: RunbookShell

/** The keystore of a CA that a root has certified, and passphrases elsewhere, as the page demands them. */
beforeAll(async () => {
  base = await mkdtemp(join(await realpath(tmpdir()), 'rekey-hand-runbook-'))
  shell = await openRunbookShell(base)
  await mkdir(join(base, 'begun'), { mode: 0o700 })
  await type(join(base, 'begun'), PREPARED)
}, MS)
afterAll(() => rm(base, { recursive: true }))

async function type(folder: string, lines: string, before = ''): Promise<string> {
  const { code, output } = await shell.type(lines, `cd ${folder}\n${before}`)
  expect(code, `${lines}\n${output}`).toBe(0)
  return output
}

function textOf(kind: string, situation: Situation): string {
  const [cell] = runbookCells(family, { environment: 'development', kind, situation })
  expect(page).toContain(cell?.text)
  return cell?.text ?? ''
}

/** Types the commands of a cell in a folder. Each output that the page shows is that of the commands since the last one. */
async function typeCell(folder: string, text: string): Promise<void> {
  const later = join(folder, 'later.mjs')
  await writeFile(later, LATER)
  let printed = ''
  for (const { index, 1: language, 2: block = '' } of text.matchAll(BLOCK)) {
    const isLater = text.slice(0, index).includes(WAIT)
    if (language === 'sh')
      printed += await type(folder, block, isLater ? `export NODE_OPTIONS=--import=${later}` : '')
    else {
      expect(printed).toMatch(printedText(block))
      printed = ''
    }
  }
}

/** What was done before a situation, by the commands of another. */
const BEFORE = new Map<Situation, (scheduled: string) => string>([
  ['stuck', (scheduled) => /^rekey ca rotate prepare .*$/m.exec(scheduled)?.[0] ?? ''],
  ['rolled-back', (scheduled) => /```sh\n([^]*?)```/.exec(scheduled)?.[1] ?? ''],
])

it.each(SITUATIONS)(
  'ca-passphrase: the runbook for development shows what works when it is %s',
  async (situation) => {
    const folder = join(base, situation)
    await cp(join(base, 'begun'), folder, { recursive: true, preserveTimestamps: true })
    const before = BEFORE.get(situation)?.(textOf('ca-passphrase', 'scheduled'))
    if (before !== undefined) await type(folder, before)
    await typeCell(folder, textOf('ca-passphrase', situation))
  },
  MS,
)

it(
  'log-key: the runbook for development shows what works in an emergency',
  async () => {
    const folder = await mkdtemp(join(base, 'log-'))
    const text = textOf('log-key', 'emergency')
    expect(text).toContain('rekey ca log-key')
    await typeCell(folder, text)
  },
  MS,
)
