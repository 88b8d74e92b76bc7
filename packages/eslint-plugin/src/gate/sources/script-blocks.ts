/** The code of a file. */
export interface Script {
  /** As long as the file, with its lines. */
  readonly text: string
  /** Whether `<T>x` is a cast, and not JSX. */
  readonly hasCasts: boolean
}

/** The code of a file: all of it, or of a Vue component its script blocks, each where it stands. */
export function scriptOf(name: string, text: string): Script {
  if (!name.endsWith('.vue')) return { text, hasCasts: /\.[cm]?ts$/.test(name) }
  const opening = /<script\b/gi
  const closing = /<\/script\s*>/gi
  let script = ''
  let hasCasts = false
  for (let tag = opening.exec(text); tag !== null; tag = opening.exec(text)) {
    const start = endOfTag(text, opening.lastIndex)
    if (start === undefined) break
    closing.lastIndex = start
    const end = closing.exec(text)?.index ?? text.length
    hasCasts ||= /\blang\s*=\s*["']?ts\b/i.test(text.slice(tag.index, start))
    script += blank(text.slice(script.length, start)) + text.slice(start, end)
    opening.lastIndex = end
  }
  return { text: script + blank(text.slice(script.length)), hasCasts }
}

/** The place behind the `>` of a tag, which may also stand in its attributes: `generic="T extends Box<U>"`. */
function endOfTag(text: string, from: number): number | undefined {
  let quote = ''
  for (let index = from; index < text.length; index += 1) {
    const character = text.charAt(index)
    if (character === quote) quote = ''
    else if (quote === '' && (character === '"' || character === "'")) quote = character
    else if (quote === '' && character === '>') return index + 1
  }
  return undefined
}

function blank(text: string): string {
  return text.replaceAll(/[^\r\n\u2028\u2029]/g, ' ')
}
