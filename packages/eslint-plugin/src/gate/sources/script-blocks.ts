/** The code of a file. */
export interface Script {
  /** As long as the file, with its lines. */
  readonly text: string
  /** Whether `<T>x` is a cast, and not JSX. */
  readonly hasCasts: boolean
}

const OPENING = /<script\b[^>]*>/gi
const CLOSING = /<\/script\s*>/gi

/** The code of a file: all of it, or of a Vue component its script blocks, each where it stands. */
export function scriptOf(name: string, text: string): Script {
  if (!name.endsWith('.vue')) return { text, hasCasts: /\.[cm]?ts$/.test(name) }
  let script = ''
  let hasCasts = false
  const opening = new RegExp(OPENING)
  const closing = new RegExp(CLOSING)
  for (let tag = opening.exec(text); tag !== null; tag = opening.exec(text)) {
    closing.lastIndex = opening.lastIndex
    const end = closing.exec(text)?.index ?? text.length
    hasCasts ||= /\blang\s*=\s*["']?ts\b/i.test(tag[0])
    script += blank(text.slice(script.length, opening.lastIndex))
    script += text.slice(opening.lastIndex, end)
    opening.lastIndex = end
  }
  return { text: script + blank(text.slice(script.length)), hasCasts }
}

function blank(text: string): string {
  return text.replaceAll(/[^\r\n\u2028\u2029]/g, ' ')
}
