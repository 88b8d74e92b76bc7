import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { copyGoModule, readGoVersion, runGo } from './go-module.ts'
import type { Environment, Program } from './program.ts'

const MODULE = {
  path: 'github.com/FerretDB/FerretDB',
  folder: 'cmd/ferretdb',
  version: '1.24.2',
} as const

/** FerretDB 1, which answers the protocol of MongoDB out of SQLite, built from its Go module. */
export const ferretDbProgram: Program = {
  version: MODULE.version,
  cost: 'about 4 minutes, 33 MB; needs Go',
  executable: 'ferretdb',
  isRightVersion,
  async install(directory, environment) {
    const scratch = join(directory, 'scratch')
    await mkdir(scratch)
    await copyGoModule(MODULE, scratch, environment)
    // It does not start without this file, which its module does not have.
    const file = join(scratch, 'source/build/version/version.txt')
    await writeFile(file, `v${MODULE.version}\n`)
    await runGo(
      ['build', '-ldflags=-s -w', '-o', '../ferretdb', `${MODULE.path}/${MODULE.folder}`],
      { product: 'FerretDB', environment: { ...environment, CGO_ENABLED: '0' }, cwd: scratch },
    )
    await rm(scratch, { recursive: true })
    if (await isRightVersion(join(directory, 'ferretdb'), environment)) return
    throw new Error(`go built another version than ferretdb ${MODULE.version}`)
  },
}

async function isRightVersion(file: string, environment: Environment): Promise<boolean> {
  return (await readGoVersion(MODULE, file, environment)) === MODULE.version
}
