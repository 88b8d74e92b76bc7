import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { runProgram } from '@rekey/test-packed'

/** What a process has loaded when it has imported one entry and nothing else. */
export interface EntryClosure {
  /** Packages of others, sorted. */
  readonly packages: readonly string[]
  /** Of Rekey. */
  readonly files: number
  /** The size of those files, in bytes. */
  readonly bytes: number
  /** Whether it has loaded the HTTP client behind the global `fetch`, which Node.js puts off until it is named. */
  readonly hasFetch: boolean
}

interface Coverage {
  readonly result: readonly { readonly url: string }[]
}

const CHILD = `
await import(process.argv[1])
console.log(process.moduleLoadList.includes('NativeModule internal/deps/undici/undici'))
`

/** Imports an entry of a package that is installed in `root`, and lists what that loads, by the coverage of V8. */
export async function closureOf(root: string, entry: string): Promise<EntryClosure> {
  const coverage = await mkdtemp(join(tmpdir(), 'rekey-closure-'))
  try {
    const args = ['--input-type=module', '--eval', CHILD, entry]
    const env = { NODE_V8_COVERAGE: coverage }
    const { code, stdout, stderr } = await runProgram(process.execPath, args, { cwd: root, env })
    if (code !== 0) throw new Error(`cannot import ${entry}: ${stderr}`)
    const files = (await loadedFiles(coverage)).map((file) => [packageOf(file), file] as const)
    const own = files.filter(([name]) => name.startsWith('@rekey/'))
    const sizes = await Promise.all(own.map(async ([, file]) => (await stat(file)).size))
    const foreign = files.map(([name]) => name).filter((name) => !name.startsWith('@rekey/'))
    return {
      packages: [...new Set(foreign)].toSorted(),
      files: own.length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
      hasFetch: stdout.trim() === 'true',
    }
  } finally {
    await rm(coverage, { recursive: true })
  }
}

async function loadedFiles(coverage: string): Promise<string[]> {
  const texts = await Promise.all(
    (await readdir(coverage)).map((name) => readFile(join(coverage, name), 'utf8')),
  )
  const urls = texts.flatMap((text) => (JSON.parse(text) as Coverage).result.map(({ url }) => url))
  return urls.filter((url) => url.includes('/node_modules/')).map((url) => fileURLToPath(url))
}

const packageOf = (file: string) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file
