import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProjectReflection } from 'typedoc'
import { INDEX, type ReadProject } from './read-project.ts'

/** Writes a project as Markdown into a directory, which is made. */
export async function writeReference(
  { app, project }: ReadProject,
  directory: string,
): Promise<void> {
  await app.outputs.writeOutput({ name: 'markdown', path: directory }, project)
  for (const path of await readdir(directory, { recursive: true })) {
    const file = join(directory, path)
    if (path.endsWith('.md')) await writeFile(file, relink(plain(await readFile(file, 'utf8'))))
  }
  await writeFile(join(directory, INDEX), indexOf(project))
}

function indexOf({ children = [] }: ProjectReflection): string {
  const rows = children
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, comment }) => {
      const purpose = comment?.summary.map(({ text }) => text).join('') ?? ''
      return `| [@rekey/${name}](${name}.md) | ${purpose.replaceAll('\n', ' ')} |`
    })
  return ['# Modules', '', '| module | purpose |', '| --- | --- |', ...rows, ''].join('\n')
}

/** Takes out anchors, links to them, and rules, which are noise where a page is read as Markdown. */
function plain(page: string): string {
  return page
    .replaceAll(/<a id="[^"]*"><\/a> /g, '')
    .replaceAll(/\[`?([^\]`]*)`?\]\([^)]*#property-[^)]*\)/g, '`$1`')
    .replaceAll(/^\*\*\*\n\n/gm, '')
}

/** Leads each link of a page to a name of the same page to its heading. TypeDoc numbers alike headings in another way than the site does. */
function relink(page: string): string {
  const headings = Array.from(page.matchAll(/^#+ (\w+)(?:\(\))?$/gm), ([, name = '']) => name)
  return page.replaceAll(/\[`(\w+)`\]\(#[^)]*\)/g, (link, name: string) => {
    const at = headings.indexOf(name)
    const slug = name.toLowerCase()
    const before = headings.slice(0, at).filter((other) => other.toLowerCase() === slug).length
    return at < 0 ? link : `[\`${name}\`](#${slug}${before === 0 ? '' : `-${before}`})`
  })
}
