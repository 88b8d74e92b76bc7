// node run-compiled.mjs FILE ARGUMENTS: runs a TypeScript file of this workspace.
//
// It is compiled into one module, with the files of the workspace that it imports; packages from the registry stay where they
// are. Then nothing but that module runs: a loader of TypeScript has a thread beside the process, and on Node.js 20 the
// process may wait for it for ever (docs/decisions/0019).
import { mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'

/** Files are gone when the program begins, also where it is killed. */
const REMOVE_OWN_DIRECTORY =
  "import{rmSync as __removeOwn}from'node:fs';__removeOwn(new URL('.',import.meta.url),{recursive:true});"

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
  const { outputFiles } = await build({
    entryPoints: [file],
    ...{ bundle: true, write: false, format: 'esm', platform: 'node', target: 'node20' },
    ...{ keepNames: true, sourcemap: 'inline', sourcesContent: false, logLevel: 'error' },
    conditions: ['@rekey/source'],
    // Source maps name files relative to where the output would be.
    ...{ outfile: 'main.mjs', sourceRoot: pathToFileURL(join(process.cwd(), '/')).href },
    banner: { js: REMOVE_OWN_DIRECTORY },
    plugins: [registryPackages, placeOfSource],
  })
  await stop()
  return outputFiles[0].text
}

/** The compiler is a process of its own that inherits this environment: it gets no secret. */
async function withoutEnvironment(work) {
  const own = { ...process.env }
  for (const name of Object.keys(own)) if (name !== 'PATH') delete process.env[name]
  try {
    return await work()
  } finally {
    Object.assign(process.env, own)
  }
}

const file = await realpath(process.argv[2])
// A process that the program starts as it was started itself, with `process.execArgv`, is compiled too.
process.execArgv.push(process.argv[1])
process.argv.splice(1, 2, file)
const program = await withoutEnvironment(() => compile(file))
const compiled = join(await mkdtemp(join(tmpdir(), 'rekey-compiled-')), 'main.mjs')
await writeFile(compiled, program, { mode: 0o600 })
process.setSourceMapsEnabled(true)
await import(pathToFileURL(compiled).href)
