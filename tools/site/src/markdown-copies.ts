import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { relink } from './links.ts'
import { ROOT } from './pages.ts'
import type { Chapter } from './sidebar.ts'

/** Where the built site is, and below which path it is served. */
export interface BuiltSite {
  readonly outDir: string
  readonly base: string
}

/**
 * Writes each page as Markdown beside its HTML, `llms.txt`, which lists them, and `llms-full.txt`, which has them all.
 *
 * Source: https://llmstxt.org
 */
export async function writeMarkdownCopies(
  chapters: readonly Chapter[],
  { outDir, base }: BuiltSite,
): Promise<void> {
  const lists: string[] = []
  const whole: string[] = []
  for (const { name, pages } of chapters) {
    const lines = pages.map(({ title, route }) => `- [${title}](${base}${route})`)
    lists.push(`## ${name}\n\n${lines.join('\n')}\n`)
    for (const { source, route, text } of pages) {
      const copy = relink(source, text, base)
      const file = join(outDir, route)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, copy)
      whole.push(copy)
    }
  }
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest
  const head = `# Rekey\n\n> ${manifest.description}\n`
  await writeFile(join(outDir, 'llms.txt'), [head, ...lists].join('\n'))
  await writeFile(join(outDir, 'llms-full.txt'), whole.join('\n'))
}

interface Manifest {
  readonly description: string
}
