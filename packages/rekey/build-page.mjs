// Builds the page into dist/page: one script, one style sheet, one document. It takes a moment, so each start from the sources does it anew.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { build } from 'esbuild'

const source = join(import.meta.dirname, 'page')
const target = join(import.meta.dirname, 'dist/page')

const { outputFiles } = await build({
  entryPoints: [join(source, 'main.tsx'), join(source, 'style.css')],
  outdir: target,
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  tsconfigRaw: {},
  legalComments: 'inline',
})
await mkdir(target, { recursive: true })
for (const { path, contents } of outputFiles) await place(path, contents)
for (const name of ['index.html', 'icon.svg']) {
  await place(join(target, name), await readFile(join(source, name)))
}

/** What others may be reading at this moment is replaced whole, and only if it has changed. */
async function place(path, contents) {
  const before = await readFile(path).catch(() => undefined)
  if (before?.equals(contents)) return
  const own = `${path}.${process.pid}`
  await writeFile(own, contents)
  await rename(own, path)
}
