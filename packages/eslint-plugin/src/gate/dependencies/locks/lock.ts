import { posix } from 'node:path'

/** Where a package comes from. */
export type Origin =
  /** A tarball; without a URL that of the registry that the package manager is set to. */
  | { readonly kind: 'tarball'; readonly url?: string | undefined; readonly hasDigest: boolean }
  /** A folder or a file, relative to the top of the work tree. */
  | { readonly kind: 'folder'; readonly path: string }
  /** The tarball of another package, which has it inside. */
  | { readonly kind: 'bundle' }

/** A package that is installed. */
export interface LockedPackage {
  /** Its key in the lock: `node_modules/esbuild` */
  readonly path: string
  readonly name: string
  /** Absent where the lock does not state it. */
  readonly version: string | undefined
  /** Counted from 1. */
  readonly line: number
  readonly origin: Origin
  /** Whether it runs a script when it is installed, as far as the lock states that. */
  readonly hasScript: boolean
}

/** The used parts of a lock. */
export interface Lock {
  readonly packages: readonly LockedPackage[]
  /** The folders of the workspace, relative to the top of the work tree; absent where the lock does not name them. */
  readonly members?: readonly string[]
  /** Facts about the packages that the lock does not state, each with what to do. */
  readonly unstated: readonly string[]
}

/** Reads the text of a lock. Throws for what the package manager would not read either. */
export type LockReader = (text: string) => Lock

/** An object of the lock, or nothing where something else is in its place. */
export function objectIn(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {}
}

/** A text of the lock, or nothing where something else is in its place. */
export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Whether an integrity (W3C Subresource Integrity) has a SHA-512. */
export function hasSha512(integrity: unknown): boolean {
  return /(?:^|\s)sha512-/.test(textIn(integrity) ?? '')
}

/** Whether the target of a link, relative to the work tree, lies in it. */
export function isInside(target: string): boolean {
  return !/^(?:\/|\.\.|[a-z]+:)/i.test(posix.normalize(target))
}

/** `@scope/name@reference` in its two parts; the reference is empty where there is none. */
export function splitKey(key: string): readonly [name: string, reference: string] {
  const at = key.indexOf('@', 1)
  return at < 0 ? [key, ''] : [key.slice(0, at), key.slice(at + 1)]
}

const KEY = /^\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"'#:][^\s]*?))\s*:(?:\s|$)/

/** Finds the line of a key in the text of JSON or YAML, the first that has it, behind the key `section` if one is given; 1 if none has. */
export function newLineFinder(text: string, section?: string): (key: string) => number {
  const lines = new Map<string, number>()
  let isWithin = section === undefined
  for (const [index, line] of text.split('\n').entries()) {
    const [, double, single, plain] = KEY.exec(line) ?? []
    const key = double ?? single ?? plain
    if (key !== undefined && isWithin && !lines.has(key)) lines.set(key, index + 1)
    isWithin ||= key === section
  }
  return (key) => lines.get(key) ?? 1
}
