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
    if (path.endsWith('.md')) await writeFile(file, plain(await readFile(file, 'utf8')))
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
