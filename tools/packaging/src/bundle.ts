import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import process from 'node:process'
import { build, type Plugin } from 'esbuild'

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>
}

/** A file that is started by itself, as a process or a thread. */
const STARTED = /(?:^|[/-])main\.ts$/
/** The code of `dist`, but for that of the page of a console, which has a build of its own. */
const CODE = /^(?!page\/).*\.js(?:\.map)?$/

/**
 * Writes the code of packages into their folders `dist`, from their sources; the types there are the compiler's. A module that the package
 * exports, or that is started by itself, keeps its path. All others are in the files of `dist/chunks`, each module in one of them, so
 * that it exists once in a process. What is imported late is in a file that is loaded late. Other packages are imported, never
 * copied. A file that is as it was stays untouched, for those who read it at that moment.
 *
 * @param folders of the packages, absolute
 */
export async function bundlePackages(folders: readonly string[]): Promise<void> {
  await Promise.all(folders.map(bundlePackage))
}

async function bundlePackage(folder: string): Promise<void> {
  const [sources, dist] = [join(folder, 'src'), join(folder, 'dist')]
  const { outputFiles } = await build({
    entryPoints: await findEntryPoints(folder, sources),
    ...{
      absWorkingDir: folder,
      outdir: dist,
      outbase: sources,
      chunkNames: 'chunks/[name]-[hash]',
    },
    ...{ bundle: true, splitting: true, packages: 'external', write: false },
    ...{ format: 'esm', platform: 'node', target: 'node20.19', logLevel: 'warning' },
    logOverride: { 'ignored-bare-import': 'silent' },
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [placeOfSource(sources)],
  })
  const before = await readdir(dist, { recursive: true }).catch(() => [])
  const old = new Set(before.filter((path) => CODE.test(path)).map((path) => join(dist, path)))
  for (const { path, text } of outputFiles) {
    old.delete(path)
    await place(path, withNames(withPlaces(text, relative(dirname(path), dist))))
  }
  for (const path of old) await rm(path, { force: true })
}

async function findEntryPoints(folder: string, sources: string): Promise<string[]> {
  const manifest = await readFile(join(folder, 'package.json'), 'utf8')
  const { bin = {}, exports = {} } = JSON.parse(manifest) as Manifest
  const published = [...Object.values(bin), ...Object.values(exports)].flatMap((target) => {
    const path = typeof target === 'string' ? target : target['default']
    const built = typeof path === 'string' ? /^(?:\.\/)?dist\/(.*)\.js$/.exec(path) : null
    return built === null ? [] : [join(sources, `${built[1] ?? ''}.ts`)]
  })
  const started = (await readdir(sources, { recursive: true }))
    .filter((path) => STARTED.test(path))
    .map((path) => join(sources, path))
  return [...new Set([...published, ...started])].toSorted()
}

/**
 * The other entries of `@rekey/secret`, which nothing loads without its main entry. As if they imported it, for then all that the main
 * entry needs is in one chunk: to load settings a process opens four files of that package, not nine.
 */
const WITH_MAIN = /packages\/secret\/src\/(?:\w+\/index|(?:kind\/)?internal)\.ts$/
/** Stands for the way from a file of `dist` to `dist`. */
const TO_DIST = 'to-dist:'
const withPlaces = (text: string, toDist: string) => text.replaceAll(TO_DIST, `${toDist || '.'}/`)

/** `new URL('./other.js', import.meta.url)` leads to the same file from wherever the module is. */
function placeOfSource(sources: string): Plugin {
  return {
    name: 'place-of-source',
    setup: (building) => {
      building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const own = `${TO_DIST}${relative(sources, path).replace(/ts$/, 'js')}`
        const text = await readFile(path, 'utf8')
        const main = relative(dirname(path), join(sources, 'index.ts'))
        const contents = text.replace(
          /,\s*(import\.meta\.url),?\s*\)/g,
          (_, url: string) => `, new URL('${own}', ${url}).href)`,
        )
        return {
          loader: 'ts',
          contents: contents + (WITH_MAIN.test(path) ? `import './${main}'` : ''),
        }
      })
    },
  }
}

/** A class that has itself in it gets a second name within, which a stack and `constructor.name` would show. */
function withNames(text: string): string {
  const names = Array.from(text.matchAll(/^var (\w+) = class _\1\b/gm), ([, name = '']) => name)
  return names.reduce((all, name) => all.replaceAll(new RegExp(`\\b_${name}\\b`, 'g'), name), text)
}

/** Replaces a file whole, since others may be reading it, and only if it has changed. */
async function place(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${String(process.pid)}`
  await writeFile(draft, text)
  await rename(draft, path)
}
