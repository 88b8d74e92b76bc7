import { readFileSync } from 'node:fs'

/** An application of other people: where it is from, how it is compiled and how it starts. */
export interface Application {
  readonly name: string
  readonly from: Origin
  readonly framework: string
  readonly modules: 'commonjs' | 'esm'
  readonly language: 'javascript' | 'typescript' | 'compiled'
  /** Versions that its dependencies need to be held to, as `overrides` of npm has them. */
  readonly overrides?: Readonly<Record<string, string>>
  /** Files that its operator writes before the first start, by their paths. */
  readonly files?: Readonly<Record<string, string>>
  /** Commands that prepare it, such as a build, before each start. */
  readonly prepare?: readonly Command[]
  /** Exits with 0 if the sources compile. */
  readonly compile?: Command
  readonly start: Start
  /** A package that its lint configuration imports, and that is not published with it: the gate names it, and ends. */
  readonly lintLacks?: string
}

/** A version of the registry, as it is, or the command of a generator, which makes `folder`. */
export type Origin =
  { readonly package: string } | { readonly generator: Command; readonly folder: string }

/** A program and its arguments; `{port}` and `{port2}` stand for free ports. */
export type Command = readonly string[]

/** How it starts, and whether it then answers or ends. */
export interface Start {
  readonly command: Command
  readonly env?: Readonly<Record<string, string>>
  /** How it answers once it has started: the status of a path, or a connection. */
  readonly answers?: { readonly path: string; readonly status: number } | 'tcp'
  /** A text of its output, where it runs and answers nowhere: it waits for a server that it needs. */
  readonly prints?: string
  /** Without a server that it needs: its exit code, and a text of its output. */
  readonly ends?: { readonly code: number; readonly prints: string; readonly lacks: string }
}

/** The applications that `rekey init` is changed for, and those that were chosen before it was run on them. */
export const LISTS = { known: 'applications.json', heldOut: 'held-out.json' } as const

/** Reads a list of applications. */
export function readApplications(list: keyof typeof LISTS): readonly Application[] {
  const text = readFileSync(new URL(LISTS[list], import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly applications: readonly Application[] }).applications
}

/** Puts free ports in place of `{port}` and `{port2}`. */
export function withPorts<Value>(value: Value, [first, second]: readonly number[]): Value {
  const text = JSON.stringify(value)
    .replaceAll('{port}', String(first))
    .replaceAll('{port2}', String(second))
  return JSON.parse(text) as Value
}
