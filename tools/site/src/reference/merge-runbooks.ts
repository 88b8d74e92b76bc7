/** A page of runbooks of one environment. */
export interface EnvironmentPage {
  readonly title: string
  readonly text: string
}

const HEADING = /^#{2,3} /
/** A paragraph, or a fenced block, which may have empty lines in it. */
const PART = /^```[^]*?^```$|^(?!```)\S[^]*?(?=\n\n|\n*$(?![^]))/gm

/**
 * Makes one page of those that differ in a few parts: what all have is there once, and where they differ each has a part that folds.
 *
 * @throws {Error} if a heading is not on every page
 */
export function mergeRunbooks(title: string, pages: readonly EnvironmentPage[]): string {
  const divided = pages.map(({ text }) => sectionsOf(text))
  const [first = new Map<string, string[]>()] = divided
  const sections = [...first.keys()].map((heading) => {
    const parts = divided.map((sections, index) => {
      const found = sections.get(heading)
      if (found !== undefined) return found
      throw new Error(`${pages[index]?.title ?? ''} has no part ${heading}`)
    })
    return [heading, ...mergeParts(parts, pages)].filter((part) => part !== '')
  })
  return `# ${title}\n\n${sections.flat().join('\n\n')}\n`
}

/** The parts below each heading; those before the first one are below none. */
function sectionsOf(text: string): Map<string, string[]> {
  const sections = new Map<string, string[]>()
  let parts: string[] = []
  sections.set('', parts)
  for (const [part] of text.replace(/^# .*\n/, '').matchAll(PART)) {
    if (HEADING.test(part)) sections.set(part, (parts = []))
    else parts.push(part)
  }
  return sections
}

/** Keeps the parts that all begin and end with, and folds those between. */
function mergeParts(all: readonly (readonly string[])[], pages: readonly EnvironmentPage[]) {
  const [one = []] = all
  const shortest = Math.min(...all.map(({ length }) => length))
  const isSame = (at: number) => all.every((parts) => parts.at(at) === one.at(at))
  let [before, after] = [0, 0]
  while (before < shortest && isSame(before)) before += 1
  while (after < shortest - before && isSame(-1 - after)) after += 1
  const folded = all.map((parts, index) => {
    const own = parts.slice(before, parts.length - after)
    const title = `<details><summary>${pages[index]?.title ?? ''}</summary>`
    return own.length === 0 ? [] : [title, ...own, '</details>']
  })
  return [...one.slice(0, before), ...folded.flat(), ...one.slice(one.length - after)]
}
