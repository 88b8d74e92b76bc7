import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'

const PARTS = ['covered', 'killed', 'tried', 'alone', 'running', 'measured', 'ended'] as const
type Part = (typeof PARTS)[number]

/** What a process of tests tries at present. */
export interface Running {
  readonly pid: number
  readonly mutant: string
  /** A time of `Date.now()` after which it hangs. */
  readonly until: number
}

/**
 * A folder by which the processes of tests and the one that started them know of each other, also of one that was killed: each fact is a file.
 */
export class Board {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
    for (const part of PARTS) mkdirSync(join(folder, part), { recursive: true })
  }

  has(part: Part, name: string): boolean {
    return existsSync(join(this.folder, part, name))
  }

  put(part: Part, name: string, text = ''): void {
    writeFileSync(join(this.folder, part, name), text)
  }

  get(part: Part, name: string): string {
    return readFileSync(join(this.folder, part, name), 'utf8')
  }

  remove(part: Part, name: string): void {
    rmSync(join(this.folder, part, name), { force: true })
  }

  names(part: Part): readonly string[] {
    return readdirSync(join(this.folder, part))
  }

  /** Has all processes end after what they try at present. */
  stop(): void {
    writeFileSync(join(this.folder, 'stopped'), '')
  }

  get isStopped(): boolean {
    return existsSync(join(this.folder, 'stopped'))
  }
}

/** The name on the board of a test file. */
export function nameOf(testFile: string): string {
  return createHash('sha256').update(testFile).digest('hex').slice(0, 16)
}
