const WIDE_TYPES: ReadonlySet<string> = new Set(['any', 'unknown', 'object', 'Object', '{}'])
const WIDE_RECORD = /^Record<string, (?:any|unknown)>$/

/** Whether the type written so takes a `Secret` and no longer says that it is one. */
export function isWideType(text: string): boolean {
  return WIDE_TYPES.has(text) || WIDE_RECORD.test(text)
}
