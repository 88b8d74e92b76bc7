import process from 'node:process'
import { type File, startTests, type Suite, type Task, type Test } from '@vitest/runner'
import { TestRunner, vi } from 'vitest'
import { Board, nameOf, type Running } from './board.ts'

/** What the instrumented code reads and counts. */
interface Switches {
  activeMutant?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  mutantCoverage?: { static: Record<string, number>; perTest: object } | undefined
}

/** A test that passes without mutants, alone. */
export interface Measured {
  readonly id: string
  readonly name: string
  readonly ms: number
  /** How often it reaches each mutant. */
  readonly hits: Readonly<Record<string, number>>
}

/** A loop that a mutant makes endless is cut off where it reached the mutant that much more often than without. */
const HITS = 100
/** The tests are run without a mutant after that many: what a mutant left behind in the process would fail others. */
const BATCH = 20
/** A test outside of the folder is tried on each mutant that survives the others, so it has to be quick. */
const QUICK_MS = 300
/** Beyond what its tests need without it, times ten. */
const PATIENCE_MS = 30_000

const switches = ((globalThis as { __stryker__?: Switches }).__stryker__ ??= {})

/**
 * Runs a test file as vitest does, then each of its tests alone; and in another run, once all files are measured, for each mutant those that reach it,
 * until one fails. Each run is in one process, which loads all modules of the workspace anew each time.
 */
export default class MutatingRunner extends TestRunner {
  constructor(config: ConstructorParameters<typeof TestRunner>[0]) {
    super(config)
    const ended = () => {
      super.onAfterRunFiles()
    }
    // vitest awaits it, though the type of its own has nothing to await.
    Object.assign(this, {
      onAfterRunFiles: async (files: readonly File[]) => {
        ended()
        for (const file of files) await new Trial(this, file).run()
      },
    })
  }
}

class Trial {
  readonly #board = new Board(process.env['REKEY_MUTANTS'] ?? '')
  readonly #file: File
  readonly #name: string
  readonly #runner: TestRunner
  /** Of the attempt that runs: which tests, all by default, and the first that failed. */
  #wanted: ReadonlySet<string> | undefined
  #failed: string | undefined

  constructor(runner: TestRunner, file: File) {
    this.#file = file
    this.#name = nameOf(file.filepath)
    const hooks = {
      onTaskUpdate: () => Promise.resolve(),
      onTestAnnotate: undefined,
      onCollectStart: (each: File) => {
        TestRunner.prototype.onCollectStart.call(runner, each)
      },
      onCollected: (files: readonly File[]) => {
        files.forEach((each) => {
          this.#choose(each)
        })
      },
      onAfterRunFiles: undefined,
      onBeforeRunTask: (test: Test) => this.#begin(test),
      onAfterRunTask: (test: Test) => {
        this.#end(test)
      },
      cancel: undefined,
    }
    // vitest has the others of the runner report to it, which this one must not do.
    this.#runner = Object.assign(Object.create(runner) as TestRunner, hooks)
  }

  async run(): Promise<void> {
    const board = this.#board
    if (!board.has('measured', this.#name)) {
      const measured = failureIn(this.#file) === undefined ? await this.#measure() : []
      for (const id of new Set(measured.flatMap(({ hits }) => Object.keys(hits)))) {
        board.put('covered', id)
      }
      board.put('measured', this.#name, JSON.stringify(measured))
      return
    }
    await this.#tryAll(JSON.parse(board.get('measured', this.#name)) as Measured[])
    board.put('ended', this.#name)
  }

  /** Runs each test alone; one that needs another before it is left out. */
  async #measure(): Promise<readonly Measured[]> {
    const measured: Measured[] = []
    for (const { id, name } of testsIn(this.#file)) {
      if (this.#board.isStopped) break
      const started = performance.now()
      const failure = await this.#attempt(new Set([id]))
      const hits = switches.mutantCoverage?.static ?? {}
      const ms = performance.now() - started
      const isBeside = this.#file.filepath.startsWith(`${process.env['REKEY_MUTANTS_OF'] ?? ''}/`)
      if (failure === undefined && (isBeside || ms < QUICK_MS))
        measured.push({ id, name, ms, hits: { ...hits } })
    }
    return measured
  }

  async #tryAll(tests: readonly Measured[]): Promise<void> {
    const board = this.#board
    const mutants = new Set(tests.flatMap(({ hits }) => Object.keys(hits)))
    let batch: (readonly [mutant: string, killer: string])[] = []
    const settle = async () => {
      if (batch.length > 0 && (await this.#attempt(new Set(tests.map(({ id }) => id))))) {
        this.#retryAlone(batch)
      }
      for (const [mutant, killer] of batch) board.put('killed', mutant, killer)
      batch = []
    }
    for (const mutant of mutants) {
      const tried = `${mutant}-${this.#name}`
      if (board.isStopped) break
      if (board.has('killed', mutant) || board.has('tried', tried)) continue
      if (board.has('alone', mutant)) await settle()
      const killer = await this.#try(mutant, tests)
      board.put('tried', tried)
      if (killer !== undefined) batch.push([mutant, killer])
      if (batch.length === BATCH || (killer !== undefined && board.has('alone', mutant)))
        await settle()
    }
    await settle()
  }

  /** The process is not as it was: what it found counts no more, but for a mutant that was tried first of all. */
  #retryAlone(batch: readonly (readonly [mutant: string, killer: string])[]): never {
    for (const [mutant, killer] of batch) {
      if (this.#board.has('alone', mutant)) this.#board.put('killed', mutant, killer)
      else this.#board.remove('tried', `${mutant}-${this.#name}`)
      this.#board.put('alone', mutant)
    }
    process.kill(process.pid, 'SIGKILL')
    throw new Error('unreachable')
  }

  async #try(mutant: string, tests: readonly Measured[]): Promise<string | undefined> {
    const reaching = tests.filter(({ hits }) => hits[mutant] !== undefined)
    const ms = reaching.reduce((sum, test) => sum + test.ms, 0)
    const running: Running = { pid: process.pid, mutant, until: Date.now() + 10 * ms + PATIENCE_MS }
    this.#board.put('running', this.#name, JSON.stringify(running))
    switches.activeMutant = mutant
    switches.hitCount = 0
    switches.hitLimit = HITS * Math.max(...reaching.map(({ hits }) => hits[mutant] ?? 0)) + HITS
    try {
      return await this.#attempt(new Set(reaching.map(({ id }) => id)))
    } finally {
      switches.activeMutant = undefined
      switches.hitCount = undefined
      this.#board.remove('running', this.#name)
    }
  }

  /** @returns what failed first, if anything did */
  async #attempt(wanted: ReadonlySet<string>): Promise<string | undefined> {
    this.#wanted = wanted
    this.#failed = undefined
    switches.mutantCoverage = { static: {}, perTest: {} }
    vi.resetModules()
    const files = await startTests([this.#file.filepath], this.#runner)
    return files.map(failureIn).find((failure) => failure !== undefined)
  }

  /** Skips the tests that are not wanted, and suites that have no others. */
  #choose(suite: Suite): void {
    for (const task of suite.tasks) {
      if (task.type === 'suite') this.#choose(task)
      else if (task.mode === 'run' && this.#wanted?.has(task.id) === false) task.mode = 'skip'
    }
    if (
      suite.mode === 'run' &&
      suite.tasks.length > 0 &&
      suite.tasks.every(({ mode }) => mode !== 'run')
    )
      suite.mode = 'skip'
  }

  #begin(test: Test): Promise<void> {
    if (this.#failed !== undefined) test.mode = 'skip'
    return TestRunner.prototype.onBeforeRunTask.call(this.#runner, test)
  }

  #end(test: Test): void {
    if (test.result?.state === 'fail') this.#failed ??= test.name
    TestRunner.prototype.onAfterRunTask.call(this.#runner, test)
  }
}

function testsIn(suite: Suite): readonly Test[] {
  return suite.tasks.flatMap((task) => {
    if (task.type === 'suite') return testsIn(task)
    return task.result?.state === 'pass' ? [task] : []
  })
}

/** The name of the first task that failed. */
function failureIn(task: Task): string | undefined {
  const inside = task.type === 'suite' ? task.tasks : []
  const failed = inside.map(failureIn).find((name) => name !== undefined)
  return failed ?? (task.result?.state === 'fail' ? task.name : undefined)
}
