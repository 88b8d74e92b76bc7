/** A string, a bracket, a number or word, or what may stand between them. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]|[-+.\w]+|[\s,:]+/y
const OPENING = /[[{]/g
const VALUE = /^(?:["[\]{}\s,:]|-?\d|(?:true|false|null)$)/

/** A JSON object or array in a text, from `start` up to `end`. */
interface Embedded {
  readonly start: number
  readonly end: number
}

/** Finds the JSON objects and arrays in a text, none of which is within another. The time is linear in its length. */
export function embeddedJson(text: string): readonly Embedded[] {
  const found: Embedded[] = []
  const open: { start: number; isJson: boolean }[] = []
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    if (open.length === 0) {
      OPENING.lastIndex = at
      at = OPENING.exec(text)?.index ?? text.length
    }
    TOKEN.lastIndex = at
    const [token = ''] = TOKEN.exec(text) ?? []
    if (token === '') {
      open.length = 0
      TOKEN.lastIndex = at + 1
    } else if (token === '{' || token === '[') open.push({ start: at, isJson: true })
    else if (token === '}' || token === ']') close(found, open.pop(), TOKEN.lastIndex)
    else if (!VALUE.test(token)) for (const last of open.slice(-1)) last.isJson = false
  }
  return found
}

/** Adds what ends, in place of what is in it. */
function close(
  found: Embedded[],
  closed: { readonly start: number; readonly isJson: boolean } | undefined,
  end: number,
): void {
  if (closed?.isJson !== true) return
  while ((found.at(-1)?.start ?? -1) > closed.start) found.pop()
  found.push({ start: closed.start, end })
}
