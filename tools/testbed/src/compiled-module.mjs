import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** Beside the packages, where no other user writes: what is in it runs. */
const CACHE = join(ROOT, 'node_modules/.cache/rekey-compiled')

const BENCHES = join(ROOT, 'test/bench/')

/** Files are gone when the program begins, also where it is killed. */
const REMOVE_OWN_DIRECTORY =
  "import{rmSync as __removeOwn}from'node:fs';__removeOwn(new URL('.',import.meta.url),{recursive:true});"

/** For how long a process may still import what the module it runs was compiled into before. */
const KEPT_MS = 24 * 3_600_000

/**
 * The URL of a TypeScript file, compiled into one module and a file for each part that is imported only when it is used. A file
 * of this workspace is compiled once, and again when a file that it was made of has changed.
 */
export async function findCompiled(file) {
  if (!file.startsWith(ROOT)) return write(await compile(file))
  const name = createHash('sha256').update(file).digest('hex').slice(0, 32)
  const kept = { directory: join(CACHE, name), record: join(CACHE, `${name}.json`) }
  const current = await findCurrent(kept.record)
  if (current !== undefined) return pathToFileURL(join(kept.directory, current)).href
  const begun = BigInt(Date.now()) * 1_000_000n
  const compiled = await compile(file, { splitting: true })
  const states = await statesOf(madeOf(compiled.sources))
  // A file that changed meanwhile may have been read before it did.
  const isStill = Object.values(states).every((state) => BigInt(state.split(' ')[0]) < begun)
  return (isStill ? await keep(compiled, states, kept) : undefined) ?? write(await compile(file))
}

/** The module that was kept, if every file that it was made of is as it was. */
async function findCurrent(record) {
  try {
    const { entry, states } = JSON.parse(await readFile(record, 'utf8'))
    const now = await statesOf(Object.keys(states))
    return Object.entries(states).every(([path, state]) => now[path] === state) ? entry : undefined
  } catch {
    // Absent, or of files that are gone: it is compiled anew, and that reports what is wrong.
    return undefined
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

/** The name of each file is that of its content, so what runs finds its own. @returns undefined where the cache cannot be written, as for another user */
async function keep({ entry, files }, states, { directory, record }) {
  try {
    await mkdir(directory, { recursive: true })
    for (const [name, text] of files) await replace(join(directory, name), text)
    await replace(record, JSON.stringify({ entry, states }))
    await removeOld(directory, files)
  } catch {
    return undefined
  }
  return pathToFileURL(join(directory, entry)).href
}

async function replace(path, text) {
  const draft = `${path}.${process.pid}`
  await writeFile(draft, text)
  await rename(draft, path)
}

async function removeOld(directory, files) {
  for (const name of await readdir(directory)) {
    if (files.has(name)) continue
    const path = join(directory, name)
    if (Date.now() - (await stat(path)).mtimeMs > KEPT_MS) await rm(path, { force: true })
  }
}

async function write({ entry, files }) {
  const path = join(await mkdtemp(join(tmpdir(), 'rekey-compiled-')), entry)
  await writeFile(path, REMOVE_OWN_DIRECTORY + files.get(entry), { mode: 0o600 })
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

/** @returns the files of a program by name, all in one unless it is split, and the files that they were made of */
async function compile(file, { splitting = false } = {}) {
  const { build, stop } = await import('esbuild')
  const { outputFiles, metafile } = await build({
    entryPoints: [file],
    ...{ bundle: true, write: false, format: 'esm', platform: 'node', target: 'node20', splitting },
    // To keep the name of a function costs each closure that is made a call, which a bench would measure.
    keepNames: !file.startsWith(BENCHES),
    ...{ sourcemap: 'inline', sourcesContent: false, logLevel: 'error' },
    conditions: ['@rekey/source'],
    // Source maps name files relative to where the output would be.
    ...{ absWorkingDir: ROOT, outdir: ROOT, sourceRoot: pathToFileURL(ROOT).href },
    ...{ entryNames: 'main-[hash]', chunkNames: '[name]-[hash]', outExtension: { '.js': '.mjs' } },
    metafile: true,
    plugins: [registryPackages, placeOfSource],
  })
  await stop()
  const files = new Map(outputFiles.map(({ path, text }) => [basename(path), text]))
  const [entry] = Object.entries(metafile.outputs).find(
    ([, { entryPoint }]) => entryPoint !== undefined && join(ROOT, entryPoint) === file,
  )
  return { entry: basename(entry), files, sources: Object.keys(metafile.inputs) }
}
