import type { Secret } from '../../secret.ts'
declare function readToken(): Promise<Secret>
declare function withDeadline(work: Promise<unknown>, ms: number): Promise<void>
await withDeadline(readToken(), 1_000)
