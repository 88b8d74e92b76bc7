import { createRequire } from 'node:module'
import { installProgram } from './install-program.ts'
import type { Program } from './program.ts'
import { npmServers, type ProgramName, programs } from './programs.ts'

const known = Object.keys(programs) as ProgramName[]
const print = (line: string) => process.stdout.write(`${line}\n`)

/** Installs the named programs, or all that are not on demand; prints where each is. */
async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !known.some((program) => program === name))
  if (unknown.length > 0) {
    process.stderr.write(`Unknown: ${unknown.join(', ')}. Known: ${known.join(', ')}\n`)
    process.exitCode = 2
    return
  }
  if (names.length === 0) reportNpmServers()
  const isMeant = (name: ProgramName) =>
    names.length === 0 ? !isOnDemand(programs[name]) : names.includes(name)
  for (const name of known.filter(isMeant)) {
    const startedAt = Date.now()
    const { version, path, from } = await installProgram(name, print)
    const seconds = Math.round((Date.now() - startedAt) / 1000)
    print(`${name} ${version}: here, from the ${from}: ${path} (${seconds} s)`)
  }
}

function isOnDemand({ onDemand = false }: Program): boolean {
  return onDemand
}

function reportNpmServers(): void {
  const { resolve } = createRequire(import.meta.url)
  for (const [server, packageName] of Object.entries(npmServers)) {
    resolve(packageName)
    print(`${server}: here, from the npm package ${packageName}`)
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
