import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** Beside the packages, where no other user writes: what is in it runs. */
const CACHE = join(ROOT, 'node_modules/.cache/rekey-compiled')

const BENCHES = join(ROOT, 'test/bench/')

/** Files are gone when the program begins, also where it is killed. */
const REMOVE_OWN_DIRECTORY =
  "import{rmSync as __removeOwn}from'node:fs';__removeOwn(new URL('.',import.meta.url),{recursive:true});"

/**
 * The URL of a TypeScript file, compiled into one module. A file of this workspace is compiled once, and again when a file
 * that it was made of has changed.
 */
export async function findCompiled(file) {
  if (!file.startsWith(ROOT)) return write((await compile(file)).program)
  const name = createHash('sha256').update(file).digest('hex').slice(0, 32)
  const kept = { module: join(CACHE, `${name}.mjs`), record: join(CACHE, `${name}.json`) }
  if (await isCurrent(kept.record)) return pathToFileURL(kept.module).href
  const begun = BigInt(Date.now()) * 1_000_000n
  const { program, sources } = await compile(file)
  const states = await statesOf(madeOf(sources))
  // A file that changed meanwhile may have been read before it did.
  const isStill = Object.values(states).every((state) => BigInt(state.split(' ')[0]) < begun)
  return (isStill ? await keep(program, states, kept) : undefined) ?? (await write(program))
}

/** Whether every file that a module was made of is as it was. */
async function isCurrent(record) {
  try {
    const then = JSON.parse(await readFile(record, 'utf8'))
    const now = await statesOf(Object.keys(then))
    return Object.entries(then).every(([path, state]) => now[path] === state)
  } catch {
    // Absent, or of files that are gone: it is compiled anew, and that reports what is wrong.
    return false
  }
}

/** Also the manifests of packages, which name the source of an import, and the compiler's options. */
function madeOf(sources) {
  const manifests = new Set(sources.map((path) => join(...path.split('/', 2), 'package.json')))
  const paths = [...sources, ...manifests].map((path) => join(ROOT, path))
  return [...paths.filter((path) => existsSync(path)), fileURLToPath(import.meta.url)]
}

async function statesOf(paths) {
  const states = paths.map(async (path) => {
    const { mtimeNs, size, ino } = await stat(path, { bigint: true })
    return [path, `${mtimeNs} ${size} ${ino}`]
  })
  return Object.fromEntries(await Promise.all(states))
}

/** @returns undefined where the cache cannot be written, as for another user */
async function keep(program, states, { module, record }) {
  try {
    await mkdir(CACHE, { recursive: true })
    await replace(module, program)
    await replace(record, JSON.stringify(states))
  } catch {
    return undefined
  }
  return pathToFileURL(module).href
}

async function replace(path, text) {
  const draft = `${path}.${process.pid}`
  await writeFile(draft, text)
  await rename(draft, path)
}

async function write(program) {
  const path = join(await mkdtemp(join(tmpdir(), 'rekey-compiled-')), 'main.mjs')
  await writeFile(path, REMOVE_OWN_DIRECTORY + program, { mode: 0o600 })
  return pathToFileURL(path).href
}

/** What is not of the workspace is imported from where the importing file finds it. */
const registryPackages = {
  name: 'registry-packages',
  setup(build) {
    build.onResolve(
      { filter: /^[^./]/ },
      async ({ path, pluginData, kind, importer, resolveDir }) => {
        if (pluginData === 'asked' || kind === 'entry-point' || path.startsWith('@rekey/')) return
        if (path.startsWith('node:') || builtinModules.includes(path))
          return { path, external: true }
        const options = { kind, importer, resolveDir, pluginData: 'asked' }
        const { path: found, errors } = await build.resolve(path, options)
        return errors.length > 0 ? { errors } : { path: pathToFileURL(found).href, external: true }
      },
    )
  },
}

/** Each file still knows where it was written. */
const placeOfSource = {
  name: 'place-of-source',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      const contents = source
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
      return { contents, loader: 'ts' }
    })
  },
}

async function compile(file) {
  const { build, stop } = await import('esbuild')
  const { outputFiles, metafile } = await build({
    entryPoints: [file],
    ...{ bundle: true, write: false, format: 'esm', platform: 'node', target: 'node20' },
    // To keep the name of a function costs each closure that is made a call, which a bench would measure.
    keepNames: !file.startsWith(BENCHES),
    ...{ sourcemap: 'inline', sourcesContent: false, logLevel: 'error' },
    conditions: ['@rekey/source'],
    // Source maps name files relative to where the output would be.
    ...{
      absWorkingDir: ROOT,
      outfile: join(ROOT, 'main.mjs'),
      sourceRoot: pathToFileURL(ROOT).href,
    },
    metafile: true,
    plugins: [registryPackages, placeOfSource],
  })
  await stop()
  return { program: outputFiles[0].text, sources: Object.keys(metafile.inputs) }
}
