import { DisposalStack } from '@rekey/secret'
import {
  createPatientFetch,
  type Load,
  openStack,
  Outages,
  type Stack,
  startLoad,
  type StoreKind,
} from '@rekey/stack'
import { findProgram } from '@rekey/testbed'
import { canMount } from '@rekey/testbed/can-mount'
import { type DatabasePair, openDatabasePair } from './database-pair.ts'
import { openOtherClock, type OtherClock } from './other-clock.ts'
import { mountSmallDisk, type SmallDisk } from './small-disk.ts'
import { serverOf, type StoreServer } from './store-server.ts'

/** A family under load, with what can fail of it. */
export interface SoakFamily extends AsyncDisposable {
  readonly stack: Stack
  readonly database: DatabasePair
  /** Absent for a file. */
  readonly server: StoreServer | undefined
  /** Holds the directory of the stack: a .env store, the audit log, the keys of the CA, the logs. Absent where this user cannot mount. */
  readonly disk: SmallDisk | undefined
  /** Absent without faketime. */
  readonly clock: OtherClock | undefined
  readonly load: Load
  readonly outages: Outages
}

/** Options of a family. */
export interface SoakFamilyOptions {
  readonly store: StoreKind
  readonly people: number
  readonly onProgress?: (what: string) => void
}

const CLOSE_LIMIT_MS = 60_000
/** A call may wait as long as the longest fault lasts, with a restart of a service on a busy machine. */
const CALL_LIMIT_MS = 120_000
/** No person of the load waits as long for an answer, so none has a session that was signed with a secret that is gone. */
const SESSION_LIFE_MS = 20_000
const RUNTIME = 'XDG_RUNTIME_DIR'

/** Starts the reference family on servers of its own, and people who call it without a pause. */
export async function openSoakFamily(options: SoakFamilyOptions): Promise<SoakFamily> {
  const own = new DisposalStack({ limitMs: CLOSE_LIMIT_MS })
  try {
    return await open(options, own)
  } catch (error) {
    await own.dispose()
    throw error
  }
}

async function open(
  { store, people, onProgress }: SoakFamilyOptions,
  own: DisposalStack,
): Promise<SoakFamily> {
  const disk = canMount() ? own.use(await mountSmallDisk(), 'disk') : undefined
  const faketime = await findProgram('faketime')
  const clock = faketime.found
    ? own.use(await openOtherClock(faketime.path), 'other clock')
    : undefined
  const database = own.use(await openDatabasePair(), 'databases')
  const before = process.env[RUNTIME]
  if (disk) {
    process.env[RUNTIME] = disk.directory
    own.defer(() => {
      process.env[RUNTIME] = before ?? ''
    }, 'runtime directory')
  }
  const stack = await openStack({
    ...{ store, postgres: database.server, sessionLifeMs: SESSION_LIFE_MS },
    ...(onProgress && { onProgress }),
  })
  own.use(stack, 'stack')
  const outages = new Outages()
  const stop = new AbortController()
  const patient = createPatientFetch(stack.fetch, outages, stop.signal)
  const { frontendUrl } = stack
  const load = startLoad({ frontendUrl, fetch: patient, people, limitMs: CALL_LIMIT_MS })
  own.defer(() => load.stop(), 'load')
  const server = serverOf(stack.storage)
  const close = () => own.dispose()
  return { stack, database, server, disk, clock, load, outages, [Symbol.asyncDispose]: close }
}
