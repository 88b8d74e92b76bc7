import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { BaseSequencer, createVitest, type TestSpecification } from 'vitest/node'
import { Board, nameOf, type Running } from './board.ts'
import type { Measured } from './mutating-runner.ts'
import type { Instrumented, Mutant } from './mutants.ts'

const CONDITIONS = ['@rekey/source', 'node', 'default']
/** Without a guard, a wait may not end. */
const TIMES = { testTimeout: 5_000, hookTimeout: 20_000, expect: { poll: { timeout: 3_000 } } }

/** `left out`: the time ended before it was tried. */
export type State = 'killed' | 'survived' | 'not reached' | 'left out'

/** What became of a mutant. */
export interface Outcome {
  readonly mutant: Mutant
  readonly state: State
  /** The test that failed, of a mutant that was killed. */
  readonly killer?: string
}

/** What is run, and for how long at most. */
export interface Trials {
  readonly root: string
  /** The folder of the sources, from there. */
  readonly folder: string
  readonly instrumented: Instrumented
  /** Which of the mutants are tried. */
  readonly chosen: readonly Mutant[]
  /** Test files, from the top of the repository. */
  readonly tests: readonly string[]
  readonly workers: number
  readonly limitMs: number
}

/** The mutants that were chosen, and the test files that fail without any: these count nothing. */
export interface Tried {
  readonly outcomes: readonly Outcome[]
  readonly unfit: readonly string[]
}

/** Tries mutants by the tests that reach them. The files of the repository stay as they are: vitest loads the instrumented code in their place. */
export async function runMutants(trials: Trials): Promise<Tried> {
  const { root, tests, chosen, limitMs } = trials
  const folder = mkdtempSync(join(tmpdir(), 'rekey-mutants-'))
  const board = new Board(folder)
  const wanted = new Set(chosen.map(({ id }) => id))
  for (const { id } of trials.instrumented.mutants) {
    if (!wanted.has(id)) board.put('killed', id)
  }
  const vitest = await openVitest(trials, folder)
  const limit = setTimeout(() => {
    board.stop()
    // No other file begins.
    void vitest.cancelCurrentRun('keyboard-input')
  }, limitMs)
  const watch = setInterval(() => {
    endHanging(board)
  }, 1_000)
  try {
    const project = vitest.getRootProject()
    const isOpen = (file: string) => !board.has('ended', nameOf(join(root, file)))
    const timeOf = (file: string) => meanTimeOf(board, nameOf(join(root, file)))
    // The first round measures. What quick tests kill, slow ones need not try.
    const next = () => tests.filter(isOpen).toSorted((one, other) => timeOf(one) - timeOf(other))
    for (let open = next(); open.length > 0 && !board.isStopped; open = next()) {
      await vitest.runTestSpecifications(
        open.map((file) => project.createSpecification(join(root, file))),
      )
      settleDead(board)
    }
    return {
      outcomes: chosen.map((mutant) => outcomeOf(mutant, board)),
      unfit: tests.filter((file) => isUnfit(board, nameOf(join(root, file)))),
    }
  } finally {
    clearTimeout(limit)
    clearInterval(watch)
    await vitest.close()
    process.exitCode = undefined
    rmSync(folder, { recursive: true })
  }
}

function openVitest({ root, folder, instrumented, workers }: Trials, board: string) {
  const conditioned = { resolve: { conditions: CONDITIONS } }
  return createVitest(
    'test',
    {
      ...{ root, config: false, watch: false, reporters: [{}], update: false, include: [] },
      ...{
        pool: 'forks',
        maxWorkers: workers,
        runner: join(import.meta.dirname, 'mutating-runner.ts'),
      },
      sequence: { sequencer: AsGiven },
      env: { REKEY_POSTGRES: '18', REKEY_MUTANTS: board, REKEY_MUTANTS_OF: join(root, folder) },
      ...TIMES,
    },
    {
      ...{ ...conditioned, ssr: conditioned },
      plugins: [
        {
          name: 'mutants',
          enforce: 'pre',
          transform: (_code, id) => instrumented.codes.get(id),
        },
      ],
    },
  )
}

class AsGiven extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(files)
  }
}

/** Of a test of a file, in milliseconds. */
function meanTimeOf(board: Board, name: string): number {
  if (!board.has('measured', name)) return 0
  const tests = JSON.parse(board.get('measured', name)) as Measured[]
  return tests.reduce((sum, { ms }) => sum + ms, 0) / Math.max(1, tests.length)
}

/** Kills each process that is stuck in a mutant. */
function endHanging(board: Board): void {
  for (const name of board.names('running')) {
    const running = readRunning(board, name)
    if (running === undefined || Date.now() < running.until) continue
    try {
      process.kill(running.pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** A process that ended while it tried a mutant was killed by it, or hung. */
function settleDead(board: Board): void {
  for (const name of board.names('running')) {
    const running = readRunning(board, name)
    board.remove('running', name)
    if (running === undefined) continue
    board.put('killed', running.mutant, 'its process did not end')
    board.put('tried', `${running.mutant}-${name}`)
  }
}

/** Undefined: it is being written or removed. */
function readRunning(board: Board, name: string): Running | undefined {
  try {
    return JSON.parse(board.get('running', name)) as Running
  } catch {
    return undefined
  }
}

function outcomeOf(mutant: Mutant, board: Board): Outcome {
  const { id } = mutant
  if (board.has('killed', id)) return { mutant, state: 'killed', killer: board.get('killed', id) }
  // Not every test that reaches it was tried.
  if (board.isStopped) return { mutant, state: 'left out' }
  return { mutant, state: board.has('covered', id) ? 'survived' : 'not reached' }
}

function isUnfit(board: Board, name: string): boolean {
  return !board.isStopped && board.has('measured', name) && board.get('measured', name) === '[]'
}
