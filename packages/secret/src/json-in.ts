/** The value of a JSON text; undefined for what is none, since the message of the parser would quote the text. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The next state, by the state and the sign of a token: punctuation stands for itself, `"` for a string, `v` for a number or a word. */
const VALUE = { '{': 'keyOrEnd', '[': 'valueOrEnd', '"': 'next', v: 'next' }
const FOLLOWS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  value: VALUE,
  valueOrEnd: { ...VALUE, ']': 'next' },
  key: { '"': 'colon' },
  keyOrEnd: { '"': 'colon', '}': 'next' },
  colon: { ':': 'value' },
  'next{': { ',': 'key', '}': 'next' },
  'next[': { ',': 'value', ']': 'next' },
}

/** One token (RFC 8259). A string holds no control character. */
const TOKEN =
  /([{}[\],:])|(")[^"\\\u0000-\u001F]*(?:\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})[^"\\\u0000-\u001F]*)*"|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y
const SPACE = /[ \t\r\n]*/y

/**
 * Describes where a text stops being JSON, without a character of it: `no JSON at line 3, column 5: correct it there`. Lines and columns
 * count from 1, columns in UTF-16 units, as editors do.
 */
export function describeBrokenJson(text: string): string {
  const before = text.slice(0, firstFault(text)).split('\n')
  const column = (before.at(-1) ?? '').length + 1
  return `no JSON at line ${before.length}, column ${column}: correct it there`
}

/** The position of the first token that the grammar does not allow. */
function firstFault(text: string): number {
  const open: string[] = []
  let wanted = 'value'
  for (let at = 0; ; at = TOKEN.lastIndex) {
    SPACE.lastIndex = at
    SPACE.exec(text)
    const start = (TOKEN.lastIndex = SPACE.lastIndex)
    const token = TOKEN.exec(text)
    const sign = token?.[1] ?? token?.[2] ?? 'v'
    const state = wanted === 'next' ? `next${open.at(-1) ?? ''}` : wanted
    const next = token === null ? undefined : FOLLOWS[state]?.[sign]
    if (next === undefined) return start
    if (sign === '{' || sign === '[') open.push(sign)
    if (sign === '}' || sign === ']') open.pop()
    wanted = next
  }
}
