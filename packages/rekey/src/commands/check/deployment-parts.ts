import type { Inspectable } from '@rekey/config-loader/internal/store'
import { checkAuditPlace } from '@rekey/audit-log/internal'
import { type DisposalStack, type SecretStore, type StagedSecret, systemClock } from '@rekey/secret'
import type { AdminSqlPool, Answer as ReplicaAnswer, Fleet } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import type { Deployment } from '../../family/deployment.ts'
import { namesReadBy, usedServers } from '../../family/family-secrets.ts'
import { openAdminPools } from '../../family/rotator/admin-pools.ts'
import { openAuditPlace } from '../../family/rotator/open-audit-place.ts'
import { openFleet } from '../../family/rotator/open-fleet.ts'
import { openKinds } from '../../family/rotator/open-rotator.ts'
import { openStoreOf, type Variables } from '../../family/rotator/open-store-of.ts'

/** The store of a deployment, with what it can be asked beside its secrets. */
export type InspectableStore = SecretStore & Pick<Inspectable, 'lacks'>

/** The replicas of a service as they answer at one moment. */
export interface FleetLook {
  readonly answers: readonly ReplicaAnswer[]
  /** By health URL: how far the clock of a replica is ahead of this machine's, in milliseconds. */
  readonly aheadMs: ReadonlyMap<string, number>
}

/** The parts of a deployment, each opened by the first question that needs it, so that one that cannot be opened hides no other. */
export class DeploymentParts {
  readonly family: Deployment
  readonly #env: Variables
  readonly #own: DisposalStack
  readonly #signal: AbortSignal
  readonly #opened = new Map<string, Promise<unknown>>()
  readonly #aheadMs = new Map<string, number>()

  constructor(
    family: Deployment,
    {
      env,
      own,
      signal,
    }: { readonly env: Variables; readonly own: DisposalStack; readonly signal: AbortSignal },
  ) {
    this.family = family
    this.#env = env
    this.#own = own
    this.#signal = signal
  }

  store(): Promise<InspectableStore> {
    const open = async () => this.#own.use(await openStoreOf(this.family, this.#env), 'store')
    return this.#once('store', open)
  }

  /** A secret as the store has it: read once, whichever questions are about it. */
  read(name: string): Promise<StagedSecret> {
    return this.#once(`secret ${name}`, async () => (await this.store()).read(name, this.#signal))
  }

  /** The connections with the rotator's own login at one server. */
  server(name: string): Promise<AdminSqlPool> {
    return this.#once(`server ${name}`, async () => {
      const servers = usedServers(this.family).filter(({ server }) => server === name)
      const pools = await openAdminPools(await this.store(), servers)
      return this.#own.use(pools, `connections to ${name}`).to(name)
    })
  }

  /** How the replicas of a service answer. */
  look(service: string): Promise<FleetLook> {
    return this.#once(`look ${service}`, async () => {
      const fleet = await this.#fleet()
      const [secret = ''] = namesReadBy(this.family, service)
      const answers = await fleet.acknowledgements({ service, secret }, this.#signal)
      return { answers, aheadMs: this.#aheadMs }
    })
  }

  kinds(): Promise<ReadonlyMap<string, RotationKind>> {
    const open = async () =>
      (await openKinds({ ...this.#withoutBoards(), env: this.#env }, this.#own)).kinds
    return this.#once('kinds', open)
  }

  /** @throws {SecretError} as `openAuditPlace` and `checkAuditPlace` */
  async checkAudit(): Promise<void> {
    const opened = await openAuditPlace(this.family, this.#env)
    await checkAuditPlace(this.#own.use(opened, 'place of the audit log').place)
  }

  #fleet(): Promise<Fleet> {
    return this.#once('fleet', async () => {
      const family = this.#withoutBoards()
      const onDate = (replica: URL, date: Date) => {
        this.#aheadMs.set(replica.origin, date.getTime() - systemClock.now())
      }
      const databaseAt = () => {
        throw new TypeError('a fleet without boards asks no database')
      }
      const store = await this.store()
      return openFleet({ family, store, env: this.#env, databaseAt, onDate }, this.#own)
    })
  }

  /** Opening a board makes its table. */
  #withoutBoards(): Deployment {
    const fleet = this.family.fleet.filter((entry) => !('board' in entry))
    return { ...this.family, fleet }
  }

  #once<T>(key: string, open: () => Promise<T>): Promise<T> {
    const known = this.#opened.get(key) as Promise<T> | undefined
    if (known !== undefined) return known
    const opened = open()
    this.#opened.set(key, opened)
    return opened
  }
}
