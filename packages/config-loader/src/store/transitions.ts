import { type Clock, SecretError, type SecretStore, type StagedSecret } from '@rekey/secret'
import { type Stage, STAGES } from '@rekey/secret/internal'
import {
  checkSecretName,
  stagedSecret,
  type StoredStages,
  type StoredVersion,
} from './stored-stages.ts'

/**
 * The six writes of a store, all made from one: `apply` makes a {@link StoreChange} atomically and answers with what
 * the store then holds.
 */
export function createStoreVerbs(
  clock: Clock,
  apply: (change: StoreChange) => StagedSecret | Promise<StagedSecret>,
): Pick<SecretStore, StoreVerb> {
  const change = async (wanted: StoreChange) => {
    checkSecretName(wanted.name)
    return apply(wanted)
  }
  const version = (value: string, createdAt = new Date(clock.now())) => ({ value, createdAt })
  const move = (verb: StoreVerb) => (name: string, expected: string) =>
    change({ name, verb, expected })
  return {
    create: async (name, value) => change({ name, verb: 'create', next: version(value.expose()) }),
    stage: async (name, value, expected, origin) => {
      const { createdAt, journal } = origin ?? {}
      if (journal !== undefined) checkJournalName(journal)
      const next = { ...version(value.expose(), createdAt), ...(journal && { journal }) }
      return change({ name, verb: 'stage', expected, next })
    },
    abort: move('abort'),
    promote: move('promote'),
    rollback: move('rollback'),
    revoke: move('revoke'),
  }
}

/** Names of journals can be written in a comment, an annotation, and the id of a version in AWS, which has 27 characters left. */
const JOURNAL_NAME = /^[a-z][a-z0-9-]{0,26}$/

function checkJournalName(journal: string): void {
  if (JOURNAL_NAME.test(journal)) return
  throw new SecretError(
    'malformed',
    'the name of a journal is a small letter, then up to 26 small letters, digits and hyphens: rename it',
  )
}

/** The writes of a `SecretStore`. */
type StoreVerb = 'create' | 'stage' | 'abort' | 'promote' | 'rollback' | 'revoke'

/** One write, as {@link advance} takes it. */
export interface StoreChange {
  readonly name: string
  readonly verb: StoreVerb
  /** The revision that was read; absent for `create`. */
  readonly expected?: string
  /** The new version; only for `create` and `stage`. */
  readonly next?: StoredVersion
}

type LooseStages = Readonly<Partial<Record<Stage, StoredVersion | undefined>>>

interface Transition {
  /** The stage that must hold a version. */
  readonly needs?: Stage
  /** The stage that must be empty, since this verb would overwrite it. */
  readonly vacant?: Stage
  readonly to: (stages: StoredStages, next: StoredVersion | undefined) => LooseStages
}

const TRANSITIONS: Readonly<Record<StoreVerb, Transition>> = {
  create: { vacant: 'current', to: (stages, next) => ({ ...stages, current: next }) },
  stage: { vacant: 'pending', to: (stages, next) => ({ ...stages, pending: next }) },
  abort: { to: (stages) => ({ ...stages, pending: undefined }) },
  promote: {
    needs: 'pending',
    vacant: 'previous',
    to: ({ current, pending }) => ({ current: pending, previous: current }),
  },
  rollback: {
    needs: 'previous',
    vacant: 'pending',
    to: ({ current, previous }) => ({ current: previous, pending: current }),
  },
  revoke: { to: (stages) => ({ ...stages, previous: undefined }) },
}

const CLEAR_FIRST: Readonly<Record<Stage, string>> = {
  current: 'it exists: stage a new version instead',
  pending: 'a version is pending: promote or abort it first',
  previous: 'the previous version is still there: revoke it first',
}

/**
 * The stages after a write. Pure: every text store shares it. `abort` and `revoke` of an empty stage change nothing, so
 * that a resumed rotation may repeat them.
 *
 * @throws {SecretError} `conflict` if the secret has moved on or the target stage is taken, `missing` if there is nothing
 *   to move, `malformed` for an empty value, `refused` for a value that is already a live version
 */
export function advance(stages: StoredStages, change: StoreChange): StoredStages {
  const { name, verb, expected, next } = change
  const { needs, vacant, to } = TRANSITIONS[verb]
  if (verb !== 'create') checkRevision(stages, name, expected)
  if (vacant !== undefined && stages[vacant] !== undefined) {
    throw new SecretError('conflict', `cannot ${verb} ${name}, ${CLEAR_FIRST[vacant]}`)
  }
  if (needs !== undefined && stages[needs] === undefined) {
    throw new SecretError('missing', `cannot ${verb} ${name}: it has no ${needs} version`)
  }
  if (next !== undefined) checkNext(stages, name, next)
  return withoutGaps(to(stages, next))
}

function checkRevision(stages: StoredStages, name: string, expected: string | undefined): void {
  if (stagedSecret(name, stages, 'create it first').revision === expected) return
  throw new SecretError('conflict', `${name} has changed since it was read: read it again`)
}

function checkNext(stages: StoredStages, name: string, next: StoredVersion): void {
  if (next.value === '') {
    throw new SecretError('malformed', `the new value of ${name} is empty: generate one`)
  }
  if (STAGES.some((stage) => stages[stage]?.value === next.value)) {
    throw new SecretError('refused', `${name} already has that value: generate a new one`)
  }
}

function withoutGaps(stages: LooseStages): StoredStages {
  return Object.fromEntries(Object.entries(stages).filter(([, version]) => version !== undefined))
}
