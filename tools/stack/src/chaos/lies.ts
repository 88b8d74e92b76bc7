import type { Rotator } from '@rekey/rekey/internal/rotator'
import { rotate, RotationError } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { systemClock } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'
import type { Stack } from '../open-stack.ts'
import type { Liar } from './liar.ts'
import type { Interruption } from '../rotate-patiently.ts'

/** A rotation under a lie. */
export interface LieParts {
  readonly stack: Stack
  readonly rotator: Rotator
  readonly kind: RotationKind
  readonly signal: AbortSignal
  readonly onEvent: (event: RotationEvent) => void
  /** Rotates the secret until it has finished. */
  readonly rotate: (onEvent?: (event: RotationEvent) => void) => Promise<readonly Interruption[]>
}

/** The end of a lie. */
interface LieOutcome {
  readonly words: string
  readonly isBelieved: boolean
}

/**
 * A receiver reports that it accepts the new key. The proof, a call with that key, shows that it does not: the rotation is rolled
 * back, and the old key stays. Without the replica it is rotated.
 */
export async function lieAboutKey(parts: LieParts): Promise<LieOutcome> {
  const { rotator, kind, signal, onEvent } = parts
  const { store, journal, audit } = rotator
  const before = await store.read(kind.name)
  const ended = await withLiar(parts, () =>
    rotate(kind, { store, journal, audit, signal, onEvent }).catch((error: unknown) => {
      signal.throwIfAborted()
      if (error instanceof RotationError) return error
      throw error
    }),
  )
  const { current } = await store.read(kind.name)
  const isKept = current.version === before.current.version
  await parts.rotate()
  const isSeen = ended instanceof RotationError && ended.code === 'rolled-back' && isKept
  if (!isSeen) return { words: 'the lie was believed', isBelieved: true }
  const words = `a call with the new key exposed the lie at ${ended.step ?? 'prove'}: rolled back, then rotated without that replica`
  return { words, isBelieved: false }
}

/** For so long the rotation is seen to wait, once it does. */
const WATCH_MS = 2_000
const LOOK_MS = 250

/**
 * A replica reports that it left the old login, and goes on using it. The server lists its sessions: so the login is not dropped
 * before they end, which they do with the replica.
 */
export async function lieAboutLogin(parts: LieParts): Promise<LieOutcome> {
  const state = { isSeen: false, isOver: false }
  const rotation = { current: undefined as Promise<unknown> | undefined }
  const isServed = await withLiar(parts, async (liar) => {
    const using = await liar.isServing()
    const running = parts.rotate(({ step, phase, message = '' }) => {
      if (step === 'confirm' && phase === 'waiting')
        state.isSeen ||= message.includes('sessions of')
    })
    rotation.current = running.finally(() => {
      state.isOver = true
    })
    rotation.current.catch(() => undefined)
    while (!state.isSeen && !state.isOver) await useLogin(liar)
    const until = systemClock.elapsed() + WATCH_MS
    while (!state.isOver && systemClock.elapsed() < until) await useLogin(liar)
    return using && !state.isOver && (await liar.isServing())
  })
  await rotation.current
  if (!isServed) return { words: 'the lie was believed', isBelieved: true }
  const words =
    'PostgreSQL listed its sessions: the old login was kept until the replica ended, then dropped'
  return { words, isBelieved: false }
}

/** A session that is not used is closed after a while. */
async function useLogin(liar: Liar): Promise<void> {
  await liar.isServing()
  await systemClock.sleep(LOOK_MS, undefined, { keepAlive: true })
}

async function withLiar<T>({ stack }: LieParts, work: (liar: Liar) => Promise<T>): Promise<T> {
  if (stack.liarHost === undefined) throw new TypeError('this stack has no replica that lies')
  await using liar = await stack.liarHost.open()
  return await work(liar)
}
