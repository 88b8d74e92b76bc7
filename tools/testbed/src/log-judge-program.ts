import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readGoVersion, runGo } from './go-module.ts'
import type { Program } from './program.ts'

const MODULE = { path: 'golang.org/x/mod', version: '0.30.0' } as const
const EXECUTABLE = 'log-judge'
const SOURCE = join(import.meta.dirname, '..', EXECUTABLE)

/** A program around the packages of sum.golang.org, which verify checkpoints and proofs of transparency logs. */
export const logJudgeProgram: Program = {
  version: MODULE.version,
  cost: 'a few seconds, 4 MB; needs Go',
  executable: EXECUTABLE,
  isRightVersion: async (file, environment) =>
    (await readGoVersion(MODULE, file, environment)) === MODULE.version,
  async install(directory, environment) {
    const cwd = join(directory, 'source')
    await cp(SOURCE, cwd, { recursive: true })
    const options = { product: EXECUTABLE, environment: { ...environment, CGO_ENABLED: '0' }, cwd }
    await runGo(['build', '-o', join(directory, EXECUTABLE), '.'], options)
    await rm(cwd, { recursive: true })
  },
}
