/** The value of a JSON text; undefined for what is none, since the message of the parser would quote the text. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
