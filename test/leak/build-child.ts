import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** The child as JavaScript. */
export interface BuiltChild extends AsyncDisposable {
  readonly file: string
}

const HERE = fileURLToPath(new URL('.', import.meta.url))
const OUTPUT = fileURLToPath(new URL('dist', import.meta.url))
const NAME = 'error-child'

/** A driver that has hundreds of files, and does not lie where the output finds it. */
const BUNDLED_TOO = '@kubernetes/client-node'

/** Builds the child once, so that each of the many processes starts in a moment. */
export async function buildChild(): Promise<BuiltChild> {
  await mkdir(OUTPUT, { recursive: true })
  const outDir = await mkdtemp(join(OUTPUT, 'leak-'))
  const conditions = ['@rekey/source', 'module', 'node', 'import', 'default']
  await build({
    configFile: false,
    logLevel: 'error',
    root: HERE,
    ssr: { resolve: { conditions }, noExternal: [/^@rekey\//, BUNDLED_TOO] },
    build: { ssr: join(HERE, `${NAME}.ts`), outDir, target: 'node20', minify: false },
  })
  const end = () => rm(outDir, { recursive: true })
  return { file: join(outDir, `${NAME}.js`), [Symbol.asyncDispose]: end }
}
