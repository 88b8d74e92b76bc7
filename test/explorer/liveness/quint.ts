import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import type { State } from './journal-state.ts'

/** One move of a walk, and the state after it; the first one has what the walk begins with. */
export interface Moment {
  readonly what: string
  readonly who: number
  readonly state: State
}

const run = promisify(execFile)
const SPEC = join(import.meta.dirname, 'journal.qnt')
const require = createRequire(import.meta.url)
const PACKAGE = require.resolve('@informalsystems/quint/package.json')
const QUINT = join(dirname(PACKAGE), 'dist/src/cli.js')
/** Longer than any walk. */
const MOST_STEPS = 80
const INVARIANT = 'nothingIsLeftOpen'

/** Has Quint's simulator walk through one of the modules of `journal.qnt`. @throws {Error} if a walk breaks the invariant */
export async function walksOf(module: string, count: number): Promise<Moment[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-walks-'))
  try {
    await run(process.execPath, [
      ...[QUINT, 'run', SPEC, `--main=${module}`, `--invariant=${INVARIANT}`, '--seed=0x1'],
      ...[`--max-samples=${count}`, `--n-traces=${count}`, `--max-steps=${MOST_STEPS}`],
      // Its other simulator is a program that it fetches.
      ...['--backend=typescript', `--out-itf=${join(folder, '{seq}.json')}`],
    ])
    const files = await readdir(folder)
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
    return texts.map(toWalk)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** @see https://apalache-mc.org/docs/adr/015adr-trace.html the format of traces */
function toWalk(text: string): Moment[] {
  const { states } = JSON.parse(text, plain) as { readonly states: Record<string, unknown>[] }
  return states.map((vars) => {
    const find = (name: string) => Object.entries(vars).find(([key]) => key.endsWith(`::${name}`))
    const [, s] = find('s') ?? []
    const [, move] = find('move') ?? []
    const { pending, ...state } = s as State & { readonly pending: State['pending'][] }
    return {
      ...(move as Omit<Moment, 'state'>),
      state: { ...state, ...(pending[0] && { pending: pending[0] }) },
    }
  })
}

/** A reviver for what JSON has no word for. A map of numbers is a list, and what is false or empty in an entry is left out of it. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('#bigint' in value) return Number(value['#bigint'])
  if ('#set' in value) return value['#set']
  if ('#map' in value) return ofMap(value['#map'] as [string | number, unknown][])
  if (!('isOver' in value)) return value
  const optional = new Set(['isOver', 'isLeft', 'open'])
  return Object.fromEntries(
    Object.entries(value).filter(([key, of]) => Boolean(of) || !optional.has(key)),
  )
}

function ofMap(entries: [string | number, unknown][]): unknown {
  const isList = entries.every(([key]) => typeof key === 'number')
  return isList
    ? entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, of]) => of)
    : Object.fromEntries(entries)
}
