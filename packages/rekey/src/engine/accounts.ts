import { liveVersions } from '@rekey/secret/internal'
import { SecretError, type SecretVersion, type StagedSecret } from '@rekey/secret'
import type { LostVersion, RevokedVersion, StrangersToClose } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import type { RotationIntent } from '../journal/journal.ts'

const ACCOUNTS_KEPT = 16

/** The accounts of a secret's versions: those that the journal had, and those of each version that was read from the store since. */
export class Accounts {
  readonly #kind: RotationKind
  readonly #known: Map<string, LostVersion>

  constructor(kind: RotationKind, intent: RotationIntent | undefined) {
    this.#kind = kind
    this.#known = new Map(intent?.accounts?.map((each) => [each.version, each]))
  }

  add(staged: StagedSecret): void {
    for (const live of liveVersions(staged)) {
      const { version } = live
      const account = accountOf(this.#kind, live)
      if (account !== undefined) this.#known.set(version, { version, account })
    }
  }

  /** The accounts without those of versions that have a receipt, unless that states that the account was kept: another role may bear such a name later. */
  beside(receipts: RotationIntent['receipts'] = []): Pick<RotationIntent, 'accounts'> {
    for (const { version, isKept } of receipts) if (!isKept) this.#known.delete(version)
    const accounts = [...this.#known.values()].slice(-ACCOUNTS_KEPT)
    return accounts.length === 0 ? {} : { accounts }
  }
}

function accountOf(kind: RotationKind, version: SecretVersion): string | undefined {
  try {
    return kind.accountOf?.(version)
  } catch (error) {
    // A value set by hand may have none; the steps that need one refuse it.
    if (error instanceof SecretError) return undefined
    throw error
  }
}

/** Adds its account to a version, if the journal knows it. */
export function withAccount(intent: RotationIntent | undefined, lost: RevokedVersion): LostVersion {
  const found = intent?.accounts?.find(({ version }) => version === lost.version)
  return { ...found, ...lost }
}

/** Divides accounts into those that the journal knows as versions of this secret, and others. */
export function divideStrangers(
  intent: RotationIntent | undefined,
  found: readonly string[],
): StrangersToClose {
  const known = new Set(intent?.accounts?.map(({ account }) => account))
  return {
    recorded: found.filter((name) => known.has(name)),
    others: found.filter((name) => !known.has(name)),
  }
}
