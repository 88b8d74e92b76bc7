import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readGoVersion, runGo } from './go-module.ts'
import type { Environment, Program } from './program.ts'

const MODULE = { path: 'github.com/spiffe/spire', version: '1.13.3' } as const
const PROGRAMS = ['spire-server', 'spire-agent'] as const

/** The server of SPIRE, built from its Go module, with the agent beside it. */
export const spireProgram: Program = {
  version: MODULE.version,
  cost: '7 to 15 minutes, 230 MB; needs Go and a C compiler',
  executable: 'spire-server',
  onDemand: true,
  isRightVersion,
  async install(directory, environment) {
    const cwd = join(directory, 'scratch')
    await mkdir(cwd)
    const paths = PROGRAMS.map((name) => `${MODULE.path}/cmd/${name}`)
    // SQLite is compiled by cgo.
    const options = { product: 'SPIRE', environment: { ...environment, CGO_ENABLED: '1' }, cwd }
    await writeFile(join(cwd, 'go.mod'), 'module scratch\n\ngo 1.26\n')
    await runGo(['get', '-tool', ...paths.map((path) => `${path}@v${MODULE.version}`)], options)
    await runGo(['build', '-ldflags=-s -w', '-o', `${directory}/`, ...paths], options)
    await rm(cwd, { recursive: true })
    for (const name of PROGRAMS) {
      if (await isRightVersion(join(directory, name), environment)) continue
      throw new Error(`go built another version than ${name} ${MODULE.version}`)
    }
  },
}

async function isRightVersion(file: string, environment: Environment): Promise<boolean> {
  return (await readGoVersion(MODULE, file, environment)) === MODULE.version
}
