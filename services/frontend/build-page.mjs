// Builds the portal's script and style sheet into dist/page. It takes a moment, so each start from the sources does it anew.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { build } from 'esbuild'

const source = join(import.meta.dirname, 'page')
const target = join(import.meta.dirname, 'dist/page')

const { outputFiles } = await build({
  entryPoints: [join(source, 'portal.ts'), join(source, 'portal.css')],
  outdir: target,
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  target: 'es2022',
  tsconfigRaw: {},
})
await mkdir(target, { recursive: true })
for (const { path, contents } of outputFiles) await place(path, contents)
await place(join(target, 'icon.svg'), await readFile(join(source, 'icon.svg')))

/** What others may be reading at this moment is replaced whole, and only if it has changed. */
async function place(path, contents) {
  const before = await readFile(path).catch(() => undefined)
  if (before?.equals(contents)) return
  const own = `${path}.${process.pid}`
  await writeFile(own, contents)
  await rename(own, path)
}
