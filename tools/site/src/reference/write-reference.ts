import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProjectReflection } from 'typedoc'
import { INDEX, type ReadProject } from './read-project.ts'

/** Pages by their path below the folder of the reference. */
export type Pages = ReadonlyMap<string, string>

/** Writes a project as Markdown, into no folder. */
export async function writeReference({ app, project }: ReadProject): Promise<Pages> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-reference-'))
  try {
    await app.outputs.writeOutput({ name: 'markdown', path: directory }, project)
    return new Map([...(await readPages(directory)), [INDEX, indexOf(project)]])
  } finally {
    await rm(directory, { recursive: true })
  }
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

/** Reads the Markdown below a folder. */
export async function readPages(directory: string): Promise<Pages> {
  const paths = await readdir(directory, { recursive: true })
  const pages = paths.filter((path) => path.endsWith('.md')).toSorted()
  return new Map(
    await Promise.all(
      pages.map(
        async (path) => [path, plain(await readFile(join(directory, path), 'utf8'))] as const,
      ),
    ),
  )
}

/** Takes out anchors, links to them, and rules, which are noise where a page is read as Markdown. */
function plain(page: string): string {
  return page
    .replaceAll(/<a id="[^"]*"><\/a> /g, '')
    .replaceAll(/\[`?([^\]`]*)`?\]\([^)]*#property-[^)]*\)/g, '`$1`')
    .replaceAll(/^\*\*\*\n\n/gm, '')
}
