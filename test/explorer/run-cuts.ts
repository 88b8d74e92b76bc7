import { join } from 'node:path'
import process from 'node:process'
import { createVitest } from 'vitest/node'
import type { GuardedFile, Guarding } from './guarded-file.ts'

const ROOT = join(import.meta.dirname, '../..')
const CONDITIONS = ['@rekey/source', 'node', 'default']
const WHOLE = 'the code as it is'
/** Without its guard, a wait may not end. */
const TIMES = { testTimeout: 30_000, hookTimeout: 120_000 }

/** The states of one test: with the code as it is, and without a guard. Undefined: no test has that name. */
interface Missed {
  readonly whole: string | undefined
  readonly without: string | undefined
}

/**
 * Runs the test of each guard with the code as it is, and once more without the guard: its text is replaced where vitest loads the file, so that no
 * file changes.
 */
export async function runWithoutGuards(
  files: readonly GuardedFile[],
): Promise<ReadonlyMap<string, Missed>> {
  const conditioned = { resolve: { conditions: CONDITIONS } }
  const projectOf = (name: string) => ({
    ...{ ...conditioned, ssr: conditioned },
    test: { name, root: ROOT, include: [], env: { REKEY_POSTGRES: '18' }, ...TIMES },
  })
  const cuts = files.flatMap(({ guards, ...at }) => guards.map((guard) => ({ at, guard })))
  const vitest = await createVitest('test', {
    ...{ root: ROOT, config: false as const, watch: false, reporters: [{}] },
    projects: [
      projectOf(WHOLE),
      ...cuts.map(({ at, guard }) => ({ ...projectOf(guard[0]), plugins: [takingOut(at, guard)] })),
    ],
  })
  try {
    const specifications = vitest.projects.flatMap((project) => {
      const isRun = ({ guard: [holds] }: (typeof cuts)[number]) =>
        project.name === WHOLE || project.name === holds
      const run = cuts.filter(isRun)
      const testNamePattern = new RegExp(run.map(({ guard }) => patternOf(guard[3])).join('|'))
      return Array.from(new Set(run.map(({ at }) => at.tests)), (tests) =>
        project.createSpecification(join(ROOT, tests), { testNamePattern }),
      )
    })
    const { testModules } = await vitest.runTestSpecifications(specifications)
    const states = new Map<string, string>()
    for (const { project, relativeModuleId, children } of testModules) {
      for (const test of children.allTests()) {
        states.set([project.name, relativeModuleId, test.name].join(), test.result().state)
      }
    }
    return new Map(
      cuts.map(({ at, guard: [holds, , , missedBy] }) => {
        const stateIn = (name: string) => states.get([name, at.tests, missedBy].join())
        return [holds, { whole: stateIn(WHOLE), without: stateIn(holds) }]
      }),
    )
  } finally {
    await vitest.close()
    // Its tests fail, as they should.
    process.exitCode = undefined
  }
}

function takingOut({ file }: Pick<GuardedFile, 'file'>, [holds, text, without]: Guarding) {
  return {
    name: holds,
    enforce: 'pre' as const,
    transform: (code: string, id: string) =>
      id === join(ROOT, file) ? code.replace(text, () => without) : undefined,
  }
}

function patternOf(test: string): string {
  return test.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
