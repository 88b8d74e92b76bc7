/** A value in a JSON text and where it stands. */
export interface JsonNode {
  readonly kind: 'string' | 'scalar' | 'array' | 'object'
  readonly start: number
  readonly end: number
  /** Elements of an array; of an object, each key followed by its value. */
  readonly children: readonly JsonNode[]
}

interface OpenNode extends JsonNode {
  readonly kind: 'array' | 'object'
  end: number
  readonly children: JsonNode[]
}

/** A string, a bracket, a number or word, or what may stand between them. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]|[-+.\w]+|[\s,:]+/y

/** The places of all values in `text`, or `undefined` if it is not one JSON array or object. */
export function jsonTree(text: string): JsonNode | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  const roots: JsonNode[] = []
  const open: OpenNode[] = []
  TOKEN.lastIndex = 0
  for (let end = 0; end < text.length; end = TOKEN.lastIndex) {
    const token = TOKEN.exec(text)?.[0]
    if (token === undefined || !take(token, end, roots, open)) return undefined
  }
  return open.length === 0 && roots.length === 1 ? roots[0] : undefined
}

/** Puts a token into the tree. False if it closes what is not open. */
function take(token: string, start: number, roots: JsonNode[], open: OpenNode[]): boolean {
  const siblings = open.at(-1)?.children ?? roots
  const end = start + token.length
  switch (token[0]) {
    case '"':
      siblings.push({ kind: 'string', start, end, children: [] })
      return true
    case '{':
    case '[': {
      const node: OpenNode = { kind: token === '{' ? 'object' : 'array', start, end, children: [] }
      siblings.push(node)
      open.push(node)
      return true
    }
    case '}':
    case ']': {
      const node = open.pop()
      if (node === undefined) return false
      node.end = end
      return true
    }
    default:
      if (/[-+.\w]/.test(token)) siblings.push({ kind: 'scalar', start, end, children: [] })
      return true
  }
}
