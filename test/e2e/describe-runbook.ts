import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Family, secretsOf } from '@rekey/rekey/internal'
import { loadFamily } from '@rekey/rekey'
import { ENVIRONMENTS, runbookCells, writeRunbooks } from '@rekey/rekey/internal/runbook'
import { type Situation, SITUATIONS } from '@rekey/secret/internal/kind'
import type { StackOptions, StoreKind } from '@rekey/stack'
import { printedText, readRunbook } from '@rekey/test-support'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openRunbookDesk, type RunbookDesk } from './runbook-shell.ts'

const FAMILY = fileURLToPath(new URL('../../family.json', import.meta.url))
/** Introduces the commands for one secret, and what they print. */
const STEP = /^For `([^`]+)`:\n\n```sh\n(.*?)^```\n\n```text\n(.*?)^```\n/ms
const BOOT_MS = 480_000
const CELL_MS = 240_000

/** A kind of secret and a situation. */
type Cell = readonly [kind: string, situation: Situation]

const KINDS = ['api-key', 'database', 'oidc-client', 'tls', 'integration']
const EVERY_CELL: readonly Cell[] = [
  ...KINDS.flatMap((kind) => SITUATIONS.map((situation): Cell => [kind, situation])),
  // It waits for no replica that could leave it open.
  ['rotator-login', 'scheduled'],
  ['rotator-login', 'emergency'],
]

/** Each kind and each situation once, for an environment whose commands differ from another's by the store alone. */
export const ONE_OF_EACH: readonly Cell[] = [
  ['api-key', 'emergency'],
  ['database', 'rolled-back'],
  ['oidc-client', 'scheduled'],
  ['tls', 'stuck'],
  ['integration', 'emergency'],
]

/** How the cells of an environment are typed. */
export interface RunbookOptions {
  readonly store?: StoreKind
  /** Opens what they are typed on. Default: a stack, and a shell in its folder. */
  readonly open?: (options: StackOptions) => Promise<RunbookDesk>
  /** Default: every cell of a kind that a rotator changes. */
  readonly cells?: readonly Cell[]
  /** Other documents, of whose commands each works on this stack: `npm run rekey -- …`. */
  readonly documents?: readonly string[]
}

/**
 * Tests a page that `rekey runbook` writes for the reference family: the commands for kinds that a rotator changes are typed as they
 * stand there, and print the text that the page shows.
 */
export function describeRunbook(environment: string, options: RunbookOptions = {}): void {
  const { store, cells = EVERY_CELL, documents = [], open = openRunbookDesk } = options
  const { file = '', opening } = ENVIRONMENTS.get(environment) ?? {}
  let family: Family
  let page: string
  let desk: RunbookDesk

  beforeAll(async () => {
    family = await loadFamily(FAMILY)
    const pages = writeRunbooks(family)
    page = pages.find(({ name }) => name === `${environment}.md`)?.text ?? ''
    expect(page).toContain(opening)
    desk = await open({ ...(store && { store }), validationMs: 200 })
    await desk.writeFamily(file, desk.stack.family)
    // An adapter makes the values of the stack, so what a page pipes in is not used.
    await writeFile(join(desk.shell.folder, 'new-secret'), '', { mode: 0o600 })
  }, BOOT_MS)
  afterAll(() => desk[Symbol.asyncDispose]())

  /** The commands for the first secret of a kind; those for the others are the same but for its name. */
  const stepOf = (kind: string, situation: Situation) => {
    const [cell] = runbookCells(family, { environment, kind, situation })
    expect(page).toContain(cell?.text)
    const [, title = '', type = '', shows = ''] = STEP.exec(cell?.text ?? '') ?? []
    return { title, type, shows }
  }

  /** Writes a family file in which no replica is found of the service that uses the secret, or sends it. */
  const writeUnreachable = async (title: string) => {
    const user = secretsOf(family).find((secret) => secret.title === title)?.parties[0]
    const { family: running } = desk.stack
    const fleet = running.fleet.map((replica) => {
      return replica.service === user ? { ...replica, healthUrl: 'http://127.0.0.1:1' } : replica
    })
    await desk.writeFamily('unreachable.json', { ...running, fleet })
  }

  /** Leaves a rotation open that waits for a replica. */
  const stop = async (title: string) => {
    const command = `rekey rotate ${title} --deadline-ms 100 --family unreachable.json`
    const output = expect.stringMatching(/stopped at .* (?:did|does) not /) as string
    expect(await desk.shell.type(command)).toMatchObject({ code: 4, output })
  }

  /** Leaves a rotation open whose rotator was killed. The page advises to wait until its claim has lapsed. */
  const kill = async (title: string) => {
    expect(page).toContain('The message states when its lease ends if it is dead')
    const { code, output } = await desk.shell.type(`
      rekey rotate ${title} --json --family unreachable.json > steps &
      until grep -q '"stage"' steps; do sleep 0.1; done
      kill -9 $!
      rekey status --family ${file}
      until rekey status --family ${file} | grep 'no rotator holds it'; do sleep 1; done`)
    const held = expect.stringMatching(/held by [^]*no rotator holds it/) as string
    expect({ code, output }).toMatchObject({ code: 0, output: held })
  }
  /** How a rotation comes to be open; the others are stopped. */
  const ends = new Map([['database stuck', kill]])

  it.each(cells)(
    `%s: the runbook for ${environment} shows what works when it is %s`,
    async (kind, situation) => {
      const { title, type, shows } = stepOf(kind, situation)
      const name = secretsOf(family).find((secret) => secret.title === title)?.name ?? ''
      const before = await desk.stack.store.read(name)
      if (situation === 'stuck' || situation === 'rolled-back') {
        await writeUnreachable(title)
        await (ends.get(`${kind} ${situation}`) ?? stop)(title)
      }
      const { code, output } = await desk.shell.type(type)
      expect({ code, output }).toEqual({ code: 0, output: expect.any(String) as string })
      expect(output).toMatch(printedText(shows))
      const { current, pending, previous } = await desk.stack.store.read(name)
      expect([pending, previous]).toEqual([undefined, undefined])
      expect(current.version === before.current.version).toBe(situation === 'rolled-back')
    },
    CELL_MS,
  )
  it.each(documents)(
    'every rekey command in %s works',
    async (document) => {
      const { commands } = await readRunbook(document)
      expect(commands).not.toEqual([])
      for (const command of commands) {
        const { code, output } = await desk.shell.type(`rekey ${command} --stack .`)
        expect({ command, code, output }).toMatchObject({ command, code: 0 })
      }
    },
    CELL_MS,
  )
}
