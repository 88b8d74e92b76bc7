import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Environment, type Program, runInstaller } from './program.ts'

const VERSION = '26.4.7'
const DISTRIBUTION = 'keycloak-quarkus-dist'
/** Off by default in this version: two secrets of a client at once. */
const FEATURES = 'client-secret-rotation'
/** Our own mark: with which features the server in this folder was built. */
const BUILT = 'built-with'

/**
 * Keycloak from Maven's central repository, built for its throw-away database, so that servers that start at the same time
 * only read their common folder.
 */
export const keycloakProgram: Program = {
  version: VERSION,
  cost: 'about 30 seconds, 170 MB; needs Maven, unzip and Java 17',
  executable: join('bin', 'kc.sh'),
  isRightVersion: (file) => isBuilt(join(file, '..', '..')),
  async install(directory, environment) {
    await unpack(directory, environment)
    await runInstaller({
      command: join(directory, 'bin', 'kc.sh'),
      args: ['build', '--db=dev-mem', `--features=${FEATURES}`],
      environment,
      ifAbsent: 'Keycloak came without its start script: empty the cache, then run this again',
    })
    await writeFile(join(directory, BUILT), FEATURES)
  },
}

async function unpack(directory: string, environment: Environment): Promise<void> {
  const run = (command: string, ...args: string[]) => {
    const ifAbsent = `${command} is not on PATH: install it, then run this again`
    return runInstaller({ command, args, environment, ifAbsent, cwd: directory })
  }
  const artifact = `org.keycloak:${DISTRIBUTION}:${VERSION}:zip`
  const archive = `${DISTRIBUTION}-${VERSION}.zip`
  await run('mvn', '-q', 'dependency:copy', `-Dartifact=${artifact}`, '-DoutputDirectory=.')
  await run('unzip', '-q', archive)
  await rm(join(directory, archive))
  const inner = join(directory, `keycloak-${VERSION}`)
  for (const entry of await readdir(inner)) {
    await rename(join(inner, entry), join(directory, entry))
  }
  await rm(inner, { recursive: true })
}

async function isBuilt(home: string): Promise<boolean> {
  const [version, built] = await Promise.all([
    readIfThere(join(home, 'version.txt')),
    readIfThere(join(home, BUILT)),
  ])
  return version.includes(`Version ${VERSION}`) && built === FEATURES
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return ''
    throw error
  }
}
