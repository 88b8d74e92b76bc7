import type { LeakKind } from '../taint/flow.ts'

/** All kinds of leak. */
const ALL: ReadonlySet<LeakKind> = new Set(['exposed', 'secret', 'name'])

/** A component may keep a Secret to itself, or what only has the name of one: there the value alone counts. */
export const VALUE: ReadonlySet<LeakKind> = new Set(['exposed'])

/** Elements in which people type, whose value is their own. */
const CONTROLS: ReadonlySet<string> = new Set(['input', 'textarea', 'select', 'option'])

/** Attributes that are not shown: the program keeps what they are set to. */
const KEPT = /^(?:on[A-Z:]|ref$|key$)/

/** An attribute of an element of a page. */
interface Attribute {
  readonly tag: string
  /** Undefined for all that an object has. */
  readonly key: string | undefined
  /** Whether the element is the page's own, and not a component. */
  readonly isPage: boolean
  /** The value of the attribute `type` of the element. */
  readonly type: unknown
}

/** The kinds of leak that count in an attribute; undefined where it shows nothing, as in a field for a password that a person types. */
export function kindsShown({ tag, key, isPage, type }: Attribute) {
  if (key === undefined) return VALUE
  const isOwnValue = CONTROLS.has(tag) && /^(?:value|defaultValue)$/.test(key)
  if (KEPT.test(key) || (isOwnValue && type === 'password')) return undefined
  return isOwnValue || !isPage ? VALUE : ALL
}
